import { and, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { ParkReason } from '../domain/task.ts';
import type { DbOrTx } from './database.ts';
import { runs, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/**
 * Parks a waiting task: from this commit on nobody can claim it. The queue learns of it afterwards,
 * from the verdict of whoever holds the task's job, now or when it is delivered next.
 */
export async function parkTask(
  tx: DbOrTx,
  task: Pick<TaskRow, 'runId' | 'id'>,
  reason: ParkReason,
): Promise<void> {
  await tx
    .update(tasks)
    .set({
      ...{ parkedFor: reason, parkedAt: sql`now()`, roomGrantedAt: null },
      parkings: sql`${tasks.parkings} + 1`,
    })
    .where(and(eq(tasks.runId, task.runId), eq(tasks.id, task.id), eq(tasks.state, 'waiting')));
}

/** A task that is parked no longer; its gate is to be opened once this is committed. */
export type UnparkedTask = Pick<TaskRow, 'runId' | 'id' | 'assignment'>;

/**
 * Frees the tasks of a run that are parked, all of them or those with a given reason or id.
 *
 * @returns those that were; open their gates after the commit (the reconciler does, should nobody)
 */
export async function unparkTasks(
  tx: DbOrTx,
  runId: string,
  reason?: ParkReason,
  taskIds?: readonly string[],
): Promise<UnparkedTask[]> {
  return tx
    .update(tasks)
    .set({ parkedFor: null, parkedAt: null })
    .where(
      and(
        eq(tasks.runId, runId),
        reason === undefined ? isNotNull(tasks.parkedFor) : eq(tasks.parkedFor, reason),
        taskIds === undefined ? undefined : inArray(tasks.id, [...taskIds]),
      ),
    )
    .returning({ runId: tasks.runId, id: tasks.id, assignment: tasks.assignment });
}

/** Whether nobody may start the task yet; the end of an aborted run is never waited for. */
export async function isParked(db: DbOrTx, runId: string, taskId: string): Promise<boolean> {
  const rows = await db
    .select({ id: tasks.id })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.runId))
    .where(
      and(
        eq(tasks.runId, runId),
        eq(tasks.id, taskId),
        isNotNull(tasks.parkedFor),
        isNull(runs.abortRequestedAt),
      ),
    );
  return rows.length > 0;
}

/** Skipped tasks of a run that were parked: their jobs can still stand behind a gate. */
export async function listSkippedParked(db: DbOrTx, runId: string): Promise<UnparkedTask[]> {
  return db
    .select({ runId: tasks.runId, id: tasks.id, assignment: tasks.assignment })
    .from(tasks)
    .where(and(eq(tasks.runId, runId), eq(tasks.state, 'skipped'), gt(tasks.parkings, 0)));
}

/** Waiting tasks of a run that were parked and are no longer: their jobs can still stand behind a gate. */
export async function listUnparked(db: DbOrTx, runId: string): Promise<UnparkedTask[]> {
  return db
    .select({ runId: tasks.runId, id: tasks.id, assignment: tasks.assignment })
    .from(tasks)
    .where(
      and(
        eq(tasks.runId, runId),
        eq(tasks.state, 'waiting'),
        isNull(tasks.parkedFor),
        gt(tasks.parkings, 0),
      ),
    );
}
