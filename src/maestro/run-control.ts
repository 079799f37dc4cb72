import { handOutRoom } from '../queue/hand-out-room.ts';
import { openGate, openGates } from '../queue/parking.ts';
import { controlTopic, type ControlOrder } from '../queue/topics.ts';
import { promoteJob, reviveJob } from '../queue/recovery.ts';
import { planJobId, taskJobId } from '../queue/job-names.ts';
import { cancelUnstarted, finishAborted } from '../storage/abort-store.ts';
import { pauseRun as recordPause, resumeRun as recordResumption } from '../storage/pause-store.ts';
import { retryRun as recordRetry } from '../storage/retry-run-store.ts';
import { requestAbort, type Run } from '../storage/run-store.ts';
import type { TaskRow } from '../storage/task-store.ts';
import { enqueueFlow, enqueuePlanning } from './enqueue-run.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { voidPublications } from './void-publications.ts';

const jobIdOf = (run: Run, task: Pick<TaskRow, 'id' | 'assignment'>) =>
  taskJobId(run.id, run.generation, task.id, task.assignment);

/**
 * Aborts a run: the flag in the record is what counts. What has not started is cancelled at once, what
 * runs is told to stop, and the run ends when the last attempt has.
 *
 * @throws AuroraError run-not-found, state-conflict
 */
export async function abortRun(deps: MaestroDeps, runId: string): Promise<void> {
  await drainRun(deps, await requestAbort(deps.database.db, runId));
}

/**
 * Does what an abort that was asked for has left to do. Idempotent: the reconciler calls it for what
 * somebody has not finished, or has stopped because its deadline passed.
 */
export async function drainRun(deps: MaestroDeps, run: Run): Promise<void> {
  const { database, queues, notify, log } = deps;
  const dropped = await cancelUnstarted(database.db, run.id);
  await voidPublications(deps, run.id);
  if (await finishAborted(database.db, run.id)) log.info({ runId: run.id }, 'run aborted');
  notify(run.id);
  await queues.relay.publish(controlTopic(run.id), { action: 'abort' } satisfies ControlOrder);
  // Then the flow drains: jobs that wait for something are delivered and find their task cancelled.
  const shard = queues.of(run);
  for (const task of dropped) {
    const jobId = taskJobId(run.id, run.generation, task.id, task.assignment);
    if (task.was === 'failed') await reviveJob(shard, task.agent, jobId);
    if (task.was === 'delayed') await promoteJob(shard, task.agent, jobId);
    if (task.was === 'parked') await openGate(shard, jobId);
  }
}

/**
 * Pauses a run: what runs is finished, nothing new starts, in every process and across restarts.
 *
 * @throws AuroraError run-not-found, state-conflict
 */
export async function pauseRun({ database, notify }: MaestroDeps, runId: string): Promise<void> {
  await recordPause(database.db, runId);
  notify(runId);
}

/** @throws AuroraError run-not-found, state-conflict when it is not paused */
export async function resumeRun(deps: MaestroDeps, runId: string): Promise<void> {
  const { database, queues, notify } = deps;
  const { run, unparked } = await recordResumption(database.db, runId);
  await openGates(queues.of(run), run, unparked);
  // Room that came free meanwhile was not given to it.
  await handOutRoom(database.db, queues, runId);
  notify(runId);
}

/**
 * Has a run go on from where it failed or was aborted; finished work stays.
 *
 * @throws AuroraError run-not-found, state-conflict when there is nothing to retry
 */
export async function retryRun(deps: MaestroDeps, runId: string): Promise<void> {
  const { database, queues } = deps;
  const { run, reopened, tasks } = await recordRetry(database.db, runId);
  if (!reopened) {
    for (const task of tasks) await reviveJob(queues.of(run), task.agent, jobIdOf(run, task));
  } else if (run.state === 'submitted') {
    // Its planning job is still there, finished.
    await queues.of(run).maestro.remove(planJobId(runId));
    await enqueuePlanning(deps, run);
  } else {
    await enqueueFlow(deps, runId);
  }
  deps.notify(runId);
}
