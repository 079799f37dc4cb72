import type { ShardQueues } from './fleet-queues.ts';

/**
 * Puts a job, if it is there, into the place of a new priority among those that wait with it; one that
 * does not wait yet will come there. Doing it again moves it behind its equals, nothing worse.
 *
 * @param priority from 1, smaller is first
 */
export async function changePriority(
  queues: ShardQueues,
  agent: string,
  jobId: string,
  priority: number,
): Promise<void> {
  const job = await queues.agent(agent).getJob(jobId);
  if (job === undefined || job.priority === priority) return;
  try {
    await job.changePriority({ priority });
  } catch (error) {
    // It was finished, or replaced, in between.
    if ((await queues.agent(agent).getJob(jobId)) !== undefined) throw error;
  }
}
