import { UnrecoverableError, type Worker } from 'bullmq';
import { AuroraError } from '../domain/errors.ts';
import type { FleetQueues, ShardQueues } from './fleet-queues.ts';
import { maestroQueue, requirementsQueue } from './job-names.ts';
import type { RunJobData } from './run-flow.ts';
import { maestroSettings } from './worker-settings.ts';

export interface MaestroWorkerOptions {
  /** Plans a submitted run and puts its flow into the queue. */
  readonly plan: (runId: string) => Promise<void>;
  /** All tasks of the run are finished, as far as this flow of it knows. */
  readonly finalise: (runId: string, generation: number) => Promise<void>;
  readonly onError: (error: Error) => void;
}

/** Serves Maestro's own jobs in one shard. */
export function serveMaestro(queues: ShardQueues, options: MaestroWorkerOptions): Worker {
  const worker = queues.worker<RunJobData>(
    maestroQueue,
    async (job) => {
      if (job.name === 'plan') await options.plan(job.data.runId);
      else if (job.name === 'run') await options.finalise(job.data.runId, job.data.generation);
      // A bucket only groups children of one parent; there is nothing to do for it.
      return null;
    },
    { ...maestroSettings, concurrency: 10 },
  );
  worker.on('error', options.onError);
  return worker;
}

/**
 * Serves the queue on which producers submit requirements.
 *
 * @param submit gets a key that is the same for every delivery of one job, and that no job
 *   of a queue that was emptied meanwhile has: BullMQ counts ids from 1 again
 */
export function serveRequirements(
  queues: FleetQueues,
  submit: (data: unknown, key: string) => Promise<{ readonly runId: string }>,
  onError: (error: Error) => void,
): Worker {
  const worker = queues.of({ shard: 0 }).worker<unknown>(
    requirementsQueue,
    async (job) => {
      try {
        return await submit(job.data, `queue:${job.id}:${job.timestamp}`);
      } catch (error) {
        const isFinal = error instanceof AuroraError && error.kind === 'input';
        throw isFinal ? new UnrecoverableError(error.message) : error;
      }
    },
    { ...maestroSettings, concurrency: 5 },
  );
  worker.on('error', onError);
  return worker;
}
