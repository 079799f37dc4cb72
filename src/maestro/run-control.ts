import { openGates } from '../queue/parking.ts';
import { controlTopic, type ControlOrder } from '../queue/topics.ts';
import { promoteJob, reviveJob } from '../queue/recovery.ts';
import { taskJobId } from '../queue/job-names.ts';
import { finishRun, requestAbort, type Run } from '../storage/run-store.ts';
import { listTasks, type TaskRow } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

const jobIdOf = (run: Run, task: TaskRow) =>
  taskJobId(run.id, run.generation, task.id, task.assignment);

/**
 * Aborts a run: the flag in the record is what counts, and whoever claims a task honours it; then
 * what waits is woken so that the flow drains, and what runs is told to stop.
 *
 * @throws AuroraError run-not-found, state-conflict
 */
export async function abortRun(deps: MaestroDeps, runId: string): Promise<void> {
  await drainRun(deps, await requestAbort(deps.database.db, runId));
}

/** Wakes what waits of an aborted run, so that its flow drains, and stops what runs. */
export async function drainRun(deps: MaestroDeps, run: Run): Promise<void> {
  const { database, queues } = deps;
  const shard = queues.of(run);
  if (run.state === 'submitted') await finishRun(database.db, run.id, 'cancelled');
  await queues.relay.publish(controlTopic(run.id), { action: 'abort' } satisfies ControlOrder);
  const all = await listTasks(database.db, run.id);
  for (const task of all) {
    if (task.state === 'failed') await reviveJob(shard, task.agent, jobIdOf(run, task));
    if (task.state === 'waiting' && task.retryAt !== null) {
      await promoteJob(shard, task.agent, jobIdOf(run, task));
    }
  }
  const parked = all.filter((task) => task.parkings > 0);
  await openGates(shard.links, run, parked);
  deps.notify(run.id);
}
