import { queuePriority, type RunChanges } from '../domain/run-limits.ts';
import { changePriority } from '../queue/change-priority.ts';
import { handOutRoom } from '../queue/hand-out-room.ts';
import { taskJobId } from '../queue/job-names.ts';
import { controlTopic, type ControlOrder } from '../queue/topics.ts';
import {
  changeRun as recordChange,
  listOpenTasks,
  markPriorityFollowed,
} from '../storage/priority-store.ts';
import { setProjectLimit, type Project } from '../storage/project-store.ts';
import { withRunLocked, type Run } from '../storage/run-store.ts';
import { inParallel } from './in-parallel.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** Jobs whose priority is changed at the same time. */
const jobsAtOnce = 50;

/**
 * Changes a run's priority, how many of its tasks may run at once, or both, while it goes on: first in
 * the record, then for what waits in the queue. What runs is left alone.
 *
 * @throws AuroraError run-not-found, state-conflict when the run is finished or to be aborted
 */
export async function changeRun(
  deps: MaestroDeps,
  runId: string,
  changes: RunChanges,
): Promise<void> {
  const run = await recordChange(deps.database.db, runId, changes);
  if (changes.priority !== undefined) await followPriority(deps, run);
  if (changes.maxParallel !== undefined) await followLimit(deps, [runId]);
  deps.notify(runId);
}

/**
 * Gives the jobs of a run the priority that the record says; idempotent, the reconciler calls it. One
 * at a time for a run, so that of two changes the last one counts. A flow that is still being added
 * is left for later.
 */
export async function followPriority({ database, queues }: MaestroDeps, found: Run): Promise<void> {
  if (found.queuedPriority === found.priority) return;
  await withRunLocked(database.db, found.id, async (tx, run) => {
    if (run.flowGeneration !== run.generation || run.finishedAt !== null) return;
    await inParallel(await listOpenTasks(tx, run.id), jobsAtOnce, (task) =>
      changePriority(
        queues.of(run),
        task.agent,
        taskJobId(run.id, run.generation, task.id, task.assignment),
        queuePriority(run, task.spec),
      ),
    );
    await markPriorityFollowed(tx, run);
  });
}

/**
 * Sets how many tasks of all runs of a project may run at once, at once; null lifts the limit.
 */
export async function limitProject(
  deps: MaestroDeps,
  name: string,
  maxParallel: number | null,
): Promise<Project> {
  const { project, runIds } = await setProjectLimit(deps.database.db, name, maxParallel);
  await followLimit(deps, runIds);
  return project;
}

/** Whoever works now leaves its room to others; what may start now starts. */
async function followLimit({ database, queues, log, notify }: MaestroDeps, runIds: string[]) {
  for (const runId of runIds) {
    await queues.relay
      .publish(controlTopic(runId), { action: 'limit' } satisfies ControlOrder)
      .catch((error: unknown) => log.warn({ err: error }, 'workers could not be told of a limit'));
    notify(runId);
  }
  // Of one run: room is handed out in its whole project.
  for (const runId of runIds.slice(0, 1)) await handOutRoom(database.db, queues, runId);
}
