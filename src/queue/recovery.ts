import type { Job } from 'bullmq';
import { linkJobId } from './job-names.ts';
import type { ShardQueues } from './fleet-queues.ts';
import { openGate } from './parking.ts';
import type { TaskJobData } from './run-flow.ts';

/**
 * Gives the jobs of a dead worker back to their queues at once, instead of when their locks run out.
 * A lock token proves that a job is still held by that worker; others stay as they are.
 *
 * @param tokens under which the worker may hold jobs
 * @returns the ids of the jobs that were given back
 */
export async function returnJobs(
  queues: ShardQueues,
  agents: readonly string[],
  tokens: readonly string[],
): Promise<string[]> {
  const returned: string[] = [];
  for (const agent of agents) {
    for (const job of await queues.agent(agent).getActive()) {
      for (const token of tokens) {
        if (!(await returnJob(job, token))) continue;
        returned.push(job.id as string);
        break;
      }
    }
  }
  return returned;
}

/** BullMQ's codes for a job that is gone, not locked any more, or locked by somebody else. */
const notHeld = [-1, -2, -6];

async function returnJob(job: Job, token: string): Promise<boolean> {
  try {
    await job.moveToWait(token);
  } catch (error) {
    if (notHeld.includes((error as { code?: number }).code ?? 0)) return false;
    throw error;
  }
  // On Postgres a token that does not fit is no error; the job then stays active.
  return !(await job.isActive());
}

/** Puts a finally failed task's job back to work (retry, skip, abort: the record says which). */
export async function reviveJob(
  queues: ShardQueues,
  agent: string,
  jobId: string,
): Promise<boolean> {
  const job = await queues.agent(agent).getJob(jobId);
  return job !== undefined && revive(job);
}

async function revive(job: Job): Promise<boolean> {
  if (!(await job.isFailed())) return false;
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    return true;
  } catch (error) {
    // Two revived it at once: one of them did.
    if (await job.isFailed()) throw error;
    return false;
  }
}

/** How many failed jobs are looked at in one go. */
const slice = 500;

/**
 * Puts back to work those failed jobs of an agent that `shallRevive` names.
 *
 * @returns their data
 */
export async function reviveFailedJobs(
  queues: ShardQueues,
  agent: string,
  shallRevive: (data: TaskJobData) => boolean,
): Promise<TaskJobData[]> {
  const revived: TaskJobData[] = [];
  for (let start = 0; ; start += slice) {
    const jobs = await queues.agent(agent).getFailed(start, start + slice - 1);
    for (const job of jobs) {
      const data = job.data as TaskJobData;
      if (shallRevive(data) && (await revive(job))) revived.push(data);
    }
    if (jobs.length < slice) return revived;
  }
}

/** Lets a job that waits for its backoff run now. */
export async function promoteJob(
  queues: ShardQueues,
  agent: string,
  jobId: string,
): Promise<boolean> {
  const job = await queues.agent(agent).getJob(jobId);
  if (job === undefined || !(await job.isDelayed())) return false;
  try {
    await job.promote();
    return true;
  } catch (error) {
    // Its time came between the look and the promotion.
    if (await job.isDelayed()) throw error;
    return false;
  }
}

/**
 * Frees a job whose task could start by the record, but which the queue still holds back: the links
 * of its finished dependencies are removed once more (they can be back when a lost connection made
 * the queue's client send a flow twice), and so is its gate (whoever freed the task may have died
 * before it opened it).
 *
 * @returns lost when the queue has no such job any more
 */
export async function freeParkedJob(
  queues: ShardQueues,
  agent: string,
  jobId: string,
  task: Pick<TaskJobData, 'runId' | 'generation' | 'taskId'> & {
    readonly dependencies: readonly string[];
  },
): Promise<'lost' | 'freed' | 'free'> {
  const job = await queues.agent(agent).getJob(jobId);
  if (job === undefined) return 'lost';
  if (!(await job.isWaitingChildren())) return 'free';
  for (const dependency of task.dependencies) {
    await queues.links.remove(linkJobId(task.runId, task.generation, dependency, task.taskId), {
      removeChildren: false,
    });
  }
  await openGate(queues, jobId);
  return (await job.isWaitingChildren()) ? 'free' : 'freed';
}
