import { and, asc, eq, inArray } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import type { DbOrTx } from './database.ts';
import { attempts, tasks } from './schema/index.ts';

export type TaskRow = typeof tasks.$inferSelect;
export type AttemptRow = typeof attempts.$inferSelect;

/** A run's tasks in the order of the plan. */
export async function listTasks(db: DbOrTx, runId: string): Promise<TaskRow[]> {
  return db.select().from(tasks).where(eq(tasks.runId, runId)).orderBy(asc(tasks.position));
}

/** @throws AuroraError task-not-found */
export async function getTask(db: DbOrTx, runId: string, taskId: string): Promise<TaskRow> {
  const [task] = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)));
  if (task === undefined) {
    throw new AuroraError('task-not-found', `Run ${runId} has no task "${taskId}".`);
  }
  return task;
}

/** All attempts of a run, or of some of its tasks, oldest first. */
export async function listAttempts(
  db: DbOrTx,
  runId: string,
  taskIds?: readonly string[],
): Promise<AttemptRow[]> {
  return db
    .select()
    .from(attempts)
    .where(
      taskIds === undefined
        ? eq(attempts.runId, runId)
        : and(eq(attempts.runId, runId), inArray(attempts.taskId, [...taskIds])),
    )
    .orderBy(asc(attempts.taskId), asc(attempts.epoch));
}
