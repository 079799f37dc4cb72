import type { FleetQueues } from './fleet-queues.ts';

/**
 * Gives a job of a dead worker back to its queue at once, instead of when its lock runs out. The
 * lock token proves that it is still that worker's delivery; a job that has moved on stays as it is.
 *
 * @returns whether the job was given back
 */
export async function returnJob(
  queues: FleetQueues,
  agent: string,
  jobId: string,
  lockToken: string,
): Promise<boolean> {
  const job = await queues.agent(agent).getJob(jobId);
  if (job === undefined || !(await job.isActive())) return false;
  try {
    await job.moveToWait(lockToken);
    return true;
  } catch (error) {
    // Between the look and the move somebody else took it, or its lock ran out: both are fine.
    if (await job.isActive()) throw error;
    return false;
  }
}

/** Puts a finally failed task's job back to work (retry, skip, abort: the record says which). */
export async function reviveJob(
  queues: FleetQueues,
  agent: string,
  jobId: string,
): Promise<boolean> {
  const job = await queues.agent(agent).getJob(jobId);
  if (job === undefined || !(await job.isFailed())) return false;
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  return true;
}

/** Lets a job that waits for its backoff run now. */
export async function promoteJob(
  queues: FleetQueues,
  agent: string,
  jobId: string,
): Promise<boolean> {
  const job = await queues.agent(agent).getJob(jobId);
  if (job === undefined || !(await job.isDelayed())) return false;
  await job.promote();
  return true;
}
