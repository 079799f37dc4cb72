import {
  DelayedError,
  UnrecoverableError,
  WaitingChildrenError,
  WaitingError,
  type Job,
  type Worker,
} from 'bullmq';
import { addParts, type Parts } from './add-parts.ts';
import { RetryLater } from './backoff.ts';
import type { ShardQueues } from './fleet-queues.ts';
import { agentQueue } from './job-names.ts';
import { openGate, parkJob } from './parking.ts';
import { addReplacement, type Replacement } from './replace-job.ts';
import { releaseLinks, type TaskJobData } from './run-flow.ts';
import type { Slots } from './slots.ts';
import { workerSettings } from './worker-settings.ts';

/** What became of a task's job; the record holds it already. */
export type TaskVerdict =
  /** Finished for good: its dependents may start. */
  | ({ readonly kind: 'finished' } & EverParked)
  /** The job belongs to an older assignment or flow; another job carries the task, or nobody. */
  | ({ readonly kind: 'stale'; readonly replacement?: Replacement } & EverParked)
  /** Try again after this many milliseconds; counts as a failed try. */
  | { readonly kind: 'retry'; readonly delay: number; readonly reason: string }
  /** Not now; does not count as a try. Milliseconds. */
  | { readonly kind: 'later'; readonly delay: number }
  /** Waits for something that the record names, without a slot; `isStillParked` asks the record. */
  | { readonly kind: 'parked'; readonly isStillParked: () => Promise<boolean> }
  /**
   * Waits for its parts, without a slot. `withParts` tells `add` which to put into the queue, under
   * the task's job, and sees to it that nobody else does so at that moment.
   */
  | ({
      readonly kind: 'split';
      readonly withParts: (add: (parts: Parts) => Promise<void>) => Promise<void>;
    } & EverParked)
  /** Finally failed: what depends on it stays parked. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Whether the task was ever parked. A process that was frozen while it parked the job can have left
 * a gate behind, and a job with a gate cannot complete.
 */
interface EverParked {
  readonly everParked: boolean;
}

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
  /** Its queue has become empty, as far as this worker sees. */
  readonly onIdle: () => void;
}

/**
 * How long a job of one shard waits for a slot that another shard has taken, in milliseconds; then it
 * goes back to its queue, where a process with a free slot may find it.
 */
const slotPatience = 3_000;

/** Serves one agent's queue in one shard. */
export function serveAgent(queues: ShardQueues, options: AgentWorkerOptions): Worker {
  const worker = queues.worker<TaskJobData>(
    agentQueue(options.agent),
    (job, token = '', signal = new AbortController().signal) =>
      deliver(queues, options, job, token, signal),
    { ...workerSettings, concurrency: options.concurrency },
  );
  worker.on('error', options.onError);
  worker.on('drained', options.onIdle);
  // Somebody else may have the job by now: stop working on it at once.
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'the lock on the job was lost');
  });
  return worker;
}

/** Has a job's task carried out and does with the job what the verdict says. */
async function deliver(
  queues: ShardQueues,
  { slots, run }: AgentWorkerOptions,
  job: Job<TaskJobData>,
  token: string,
  signal: AbortSignal,
): Promise<null> {
  if (!(await slots.take(slotPatience))) {
    await job.moveToWait(token);
    throw new WaitingError();
  }
  const jobId = job.id as string;
  const verdict = await run(job.data, { jobId, lockToken: token, signal }).finally(() =>
    slots.release(),
  );
  switch (verdict.kind) {
    case 'finished':
      if (verdict.everParked) await openGate(queues, jobId);
      // The outcome is in the record; only now may the dependents learn of it.
      await releaseLinks(queues, job.data);
      return null;
    case 'stale':
      // Whoever reassigned the task may have died before its new job was added.
      if (verdict.replacement) await addReplacement(queues, job, verdict.replacement);
      if (verdict.everParked) await openGate(queues, jobId);
      return null;
    case 'retry':
      throw new RetryLater(verdict.reason, verdict.delay);
    case 'later':
      return redeliver(job, token, verdict.delay);
    case 'parked':
      if (!(await parkJob(queues, job, token, verdict.isStillParked))) {
        return redeliver(job, token, 0);
      }
      throw new WaitingChildrenError();
    case 'split':
      await verdict.withParts((parts) => addParts(queues, job, parts));
      if (verdict.everParked) await openGate(queues, jobId);
      // They may all be done by now.
      if (!(await job.moveToWaitingChildren(token))) return redeliver(job, token, 0);
      throw new WaitingChildrenError();
    case 'failed':
      throw new UnrecoverableError(verdict.reason);
  }
}

/** Gives the job back to the queue, which refuses when the lock is not ours any more. */
async function redeliver(job: Job, token: string, delay: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delay, token);
  throw new DelayedError();
}
