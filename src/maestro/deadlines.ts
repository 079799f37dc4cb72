import { taskJobId } from '../queue/job-names.ts';
import { openGate } from '../queue/parking.ts';
import { promoteJob } from '../queue/recovery.ts';
import { deadlinesTopic, escalationsTopic } from '../queue/topics.ts';
import { expireRuns, nextDeadline } from '../storage/abort-store.ts';
import { refreshBlocked } from '../storage/refresh-blocked.ts';
import { getRun } from '../storage/run-store.ts';
import { expireTasks, nextTaskDeadline, type ExpiredTask } from '../storage/task-deadline-store.ts';
import { openDueWatch, type DueWatch } from './due-watch.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { drainRun } from './run-control.ts';

/**
 * Keeps the deadlines of runs and tasks: past it a run is stopped, and a task fails and is asked about.
 * Each Maestro does: who comes first does it, and a deadline that nobody was there for is kept at the
 * next start. The reconciler looks too, should news of an earlier deadline have been lost.
 */
export async function openDeadlines(deps: MaestroDeps): Promise<DueWatch> {
  const watch = await openDueWatch(
    deps.queues,
    deadlinesTopic,
    () => act(deps),
    (error) => deps.log.error({ err: error }, 'deadlines could not be looked at; they are soon'),
  );
  await watch.look();
  return watch;
}

/** Tells every Maestro that there are deadlines that it may not know of. */
export async function tellDeadlines({ queues, log }: MaestroDeps): Promise<void> {
  await queues.relay
    .publish(deadlinesTopic, {})
    .catch((error: unknown) => log.warn({ err: error }, 'Maestro could not be told of deadlines'));
}

async function act(deps: MaestroDeps): Promise<number | null> {
  const { database, log } = deps;
  for (const runId of await expireRuns(database.db)) {
    log.warn({ runId }, 'the deadline of a run has passed');
    await drainRun(deps, await getRun(database.db, runId));
  }
  for (let expired; (expired = await expireTasks(database.db)).length > 0;) {
    await follow(deps, expired);
  }
  const next = [await nextDeadline(database.db), await nextTaskDeadline(database.db)];
  const waits = next.filter((each) => each !== null);
  return waits.length === 0 ? null : Math.min(...waits);
}

/** Has the queue learn of it; a job that waits for its dependencies learns when it is released. */
async function follow(deps: MaestroDeps, expired: readonly ExpiredTask[]): Promise<void> {
  const { database, queues, log, notify } = deps;
  for (const runId of new Set(expired.map((task) => task.runId))) {
    const run = await getRun(database.db, runId);
    const shard = queues.of(run);
    for (const { id, agent, assignment } of expired.filter((task) => task.runId === runId)) {
      log.warn({ runId, taskId: id }, 'the deadline of a task has passed');
      const jobId = taskJobId(runId, run.generation, id, assignment);
      await openGate(shard, jobId);
      await promoteJob(shard, agent, jobId);
    }
    await refreshBlocked(database.db, runId);
    notify(runId);
  }
  await queues.relay.publish(escalationsTopic, {});
}
