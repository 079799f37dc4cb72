import type { Job, Queue } from 'bullmq';
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
  await place(queues.agent(agent), job, priority);
}

/**
 * Puts a job that waits before all others into the place of its own priority. One that somebody has
 * taken meanwhile, or that waits for something else still, is left as it is.
 */
export async function keepPlace(queue: Queue, jobId: string): Promise<void> {
  const job = await queue.getJob(jobId);
  if (job !== undefined) await place(queue, job, job.priority);
}

async function place(queue: Queue, job: Job, priority: number): Promise<void> {
  try {
    await job.changePriority({ priority });
  } catch (error) {
    // It was finished, or replaced, in between.
    if ((await queue.getJob(job.id as string)) !== undefined) throw error;
  }
}
