import { and, eq, inArray, isNull, notInArray, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import type { RunChanges } from '../domain/run-limits.ts';
import { openRunStates } from '../domain/run.ts';
import type { DbOrTx } from './database.ts';
import { getRun, type Run } from './run-store.ts';
import { runs, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/**
 * Changes what a run may be given of the fleet: its priority, how many of its tasks may run at once
 * (null: no limit), or both. Its jobs in the queue follow afterwards.
 *
 * @throws AuroraError run-not-found, state-conflict when the run is finished or to be aborted
 */
export async function changeRun(db: DbOrTx, runId: string, changes: RunChanges): Promise<Run> {
  const [changed] = await db
    .update(runs)
    .set(changes)
    .where(
      and(
        eq(runs.id, runId),
        inArray(runs.state, [...openRunStates]),
        isNull(runs.abortRequestedAt),
      ),
    )
    .returning({ id: runs.id });
  const run = await getRun(db, runId);
  if (changed !== undefined) return run;
  const state =
    run.abortRequestedAt === null || run.finishedAt !== null ? run.state : 'being aborted';
  throw new AuroraError('state-conflict', `Run ${runId} is ${state}; there is nothing to change.`);
}

/** The tasks of a run whose jobs the queue may still have to order. */
export async function listOpenTasks(
  db: DbOrTx,
  runId: string,
): Promise<Pick<TaskRow, 'id' | 'agent' | 'assignment' | 'spec'>[]> {
  return db
    .select({
      ...{ id: tasks.id, agent: tasks.agent, assignment: tasks.assignment, spec: tasks.spec },
    })
    .from(tasks)
    .where(and(eq(tasks.runId, runId), notInArray(tasks.state, ['done', 'skipped', 'cancelled'])));
}

/** The jobs of a run have its priority by now. */
export async function markPriorityFollowed(tx: DbOrTx, run: Run): Promise<void> {
  await tx
    .update(runs)
    .set({ queuedPriority: sql`${run.priority}::int` })
    .where(eq(runs.id, run.id));
}
