import { and, eq, inArray, notInArray } from 'drizzle-orm';
import { queuePriority } from '../domain/run-limits.ts';
import { finishedTaskStates } from '../domain/task.ts';
import type { Db, DbOrTx } from './database.ts';
import { listDependencies } from './plan-store.ts';
import { withRunLocked, type Run } from './run-store.ts';
import { tasks } from './schema/index.ts';

/** A part as the queue needs it; it depends on other parts here and on nothing else. */
interface QueuedPart {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly agent: string;
  readonly assignment: number;
  readonly priority: number;
}

export interface PartsToQueue {
  /** How many parts the task has by now, over all its splits, the finished ones included. */
  readonly total: number;
  readonly open: readonly QueuedPart[];
}

/**
 * Has the parts of a task put into the queue, one process at a time, and notes that they are there.
 * When the flow was built anew meanwhile they are in the new one, and nothing is done.
 *
 * @param add puts those into the queue that are not there yet
 */
export async function queueParts(
  db: Db,
  task: { readonly runId: string; readonly taskId: string; readonly generation: number },
  add: (parts: PartsToQueue) => Promise<void>,
): Promise<void> {
  const { runId, taskId, generation } = task;
  const ids = await withRunLocked(db, runId, async (tx, run) => {
    if (run.generation !== generation) return [];
    const parts = await readParts(tx, run, taskId);
    await add(parts);
    return parts.open.map(({ id }) => id);
  });
  // After the run's lock: whoever has a task's row may be waiting for that.
  await markQueued(db, runId, ids);
}

async function readParts(tx: DbOrTx, run: Run, taskId: string): Promise<PartsToQueue> {
  const rows = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.runId, run.id), eq(tasks.parentId, taskId)));
  const open = rows.filter(({ state }) => !finishedTaskStates.includes(state));
  const ids = new Set(open.map(({ id }) => id));
  const edges = await listDependencies(tx, run.id, [...ids]);
  return {
    total: rows.length,
    open: open.map(({ id, agent, assignment, spec }) => ({
      ...{ id, agent, assignment, priority: queuePriority(run, spec) },
      dependsOn: edges
        .filter((edge) => edge.taskId === id && ids.has(edge.dependsOn))
        .map((edge) => edge.dependsOn),
    })),
  };
}

/** Their jobs are in the queue: from now on the reconciler misses them there. */
export async function markQueued(
  db: DbOrTx,
  runId: string,
  taskIds: readonly string[],
): Promise<void> {
  if (taskIds.length === 0) return;
  await db
    .update(tasks)
    .set({ queued: true })
    .where(
      and(
        eq(tasks.runId, runId),
        inArray(tasks.id, [...taskIds]),
        eq(tasks.queued, false),
        notInArray(tasks.state, [...finishedTaskStates]),
      ),
    );
}
