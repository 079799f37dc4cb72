import { and, asc, eq, isNotNull } from 'drizzle-orm';
import type { ReflexionInput } from '../domain/memory.ts';
import { thisAttempt, type Fence } from './attempt-store.ts';
import type { DbOrTx } from './database.ts';
import { attempts } from './schema/index.ts';

/** What a failed attempt taught, and memory has not taken in yet. */
export interface DueLesson {
  readonly fence: Fence;
  readonly reflexion: ReflexionInput;
}

/** Oldest first: of one task, or of all. */
export async function listDueLessons(
  db: DbOrTx,
  limit: number,
  task?: Pick<Fence, 'runId' | 'taskId'>,
): Promise<DueLesson[]> {
  const { runId, taskId, epoch, memoryDue } = attempts;
  const rows = await db
    .select({ fence: { runId, taskId, epoch }, reflexion: memoryDue })
    .from(attempts)
    .where(
      and(
        isNotNull(memoryDue),
        task === undefined ? undefined : and(eq(runId, task.runId), eq(taskId, task.taskId)),
      ),
    )
    .orderBy(asc(attempts.startedAt))
    .limit(limit);
  return rows.flatMap(({ fence, reflexion }) => (reflexion === null ? [] : [{ fence, reflexion }]));
}

/** Memory has taken it in. */
export async function clearDueLesson(db: DbOrTx, fence: Fence): Promise<void> {
  await db.update(attempts).set({ memoryDue: null }).where(thisAttempt(fence));
}
