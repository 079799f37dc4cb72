import type { Worker } from 'bullmq';
import { maestroQueue, requirementsQueue } from './job-names.ts';
import type { QueueBackend } from './queue-backend.ts';
import type { RunJobData } from './run-flow.ts';
import { workerSettings } from './worker-settings.ts';

export interface MaestroWorkerOptions {
  /** Plans a submitted run and puts its flow into the queue. */
  readonly plan: (runId: string) => Promise<void>;
  /** All tasks of the run are finished. */
  readonly finalise: (runId: string) => Promise<void>;
  readonly onError: (error: Error) => void;
}

/** Serves Maestro's own jobs. */
export function serveMaestro(backend: QueueBackend, options: MaestroWorkerOptions): Worker {
  const worker = backend.worker<RunJobData>(
    maestroQueue,
    async (job) => {
      if (job.name === 'plan') await options.plan(job.data.runId);
      else if (job.name === 'run') await options.finalise(job.data.runId);
      // A bucket only groups children of one parent; there is nothing to do for it.
      return null;
    },
    { ...workerSettings, concurrency: 10 },
  );
  worker.on('error', options.onError);
  return worker;
}

/** Serves the queue on which producers submit requirements. */
export function serveRequirements(
  backend: QueueBackend,
  submit: (data: unknown, jobId: string) => Promise<{ readonly runId: string }>,
  onError: (error: Error) => void,
): Worker {
  const worker = backend.worker<unknown>(
    requirementsQueue,
    (job) => submit(job.data, job.id as string),
    { ...workerSettings, concurrency: 5 },
  );
  worker.on('error', onError);
  return worker;
}
