import { DelayedError, UnrecoverableError, WaitingError, type Worker } from 'bullmq';
import { RetryLater } from './backoff.ts';
import type { ShardQueues } from './fleet-queues.ts';
import { agentQueue } from './job-names.ts';
import { releaseLinks, type TaskJobData } from './run-flow.ts';
import type { Slots } from './slots.ts';
import { workerSettings } from './worker-settings.ts';

/** What became of a task's job; the record holds it already. */
export type TaskVerdict =
  /** Finished for good: its dependents may start. */
  | { readonly kind: 'finished' }
  /** The job belongs to an older assignment; another job carries the task. */
  | { readonly kind: 'stale' }
  /** Try again after this many milliseconds; counts as a failed try. */
  | { readonly kind: 'retry'; readonly delay: number; readonly reason: string }
  /** Not now; does not count as a try. Milliseconds. */
  | { readonly kind: 'later'; readonly delay: number }
  /** Finally failed: what depends on it stays parked. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface TaskDelivery {
  readonly jobId: string;
  readonly lockToken: string;
  /** Aborted when the lock is lost. */
  readonly signal: AbortSignal;
}

export interface AgentWorkerOptions {
  readonly agent: string;
  /** Tasks at once in this process. */
  readonly concurrency: number;
  /** Those of the agent in this process, over all shards. */
  readonly slots: Slots;
  readonly run: (data: TaskJobData, delivery: TaskDelivery) => Promise<TaskVerdict>;
  readonly onError: (error: Error) => void;
}

/**
 * How long a job of one shard waits for a slot that another shard has taken, in milliseconds; then it
 * goes back to its queue, where a process with a free slot may find it.
 */
const slotPatience = 3_000;

/** Serves one agent's queue in one shard. */
export function serveAgent(queues: ShardQueues, options: AgentWorkerOptions): Worker {
  const { slots } = options;
  const worker = queues.worker<TaskJobData>(
    agentQueue(options.agent),
    async (job, token = '', signal = new AbortController().signal) => {
      if (!(await slots.take(slotPatience))) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const verdict = await options
        .run(job.data, { jobId: job.id as string, lockToken: token, signal })
        .finally(() => slots.release());
      switch (verdict.kind) {
        case 'finished':
          // The outcome is in the record; only now may the dependents learn of it.
          await releaseLinks(queues.links, job.data);
          return null;
        case 'stale':
          return null;
        case 'retry':
          throw new RetryLater(verdict.reason, verdict.delay);
        case 'later':
          await job.moveToDelayed(Date.now() + verdict.delay, token);
          throw new DelayedError();
        case 'failed':
          throw new UnrecoverableError(verdict.reason);
      }
    },
    { ...workerSettings, concurrency: options.concurrency },
  );
  worker.on('error', options.onError);
  // Somebody else may have the job by now: stop working on it at once.
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'the lock on the job was lost');
  });
  return worker;
}
