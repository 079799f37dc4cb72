import type { WorkerSettings } from './queue-backend.ts';
import { createBackoffStrategy } from './backoff.ts';

/**
 * Settings of every worker. Locks renew themselves at half their time; a worker that dies gives its
 * jobs up after at most lock + check. A job may stall often before BullMQ fails it, since each
 * restart of a worker counts, and the counter never goes back (measured).
 */
export const workerSettings: WorkerSettings = {
  lockDuration: 60_000,
  stalledInterval: 30_000,
  maxStalledCount: 10,
  settings: { backoffStrategy: createBackoffStrategy() },
};

/** Maestro's own jobs take moments; when a Maestro dies with one, the next shall not wait for long. */
export const maestroSettings: WorkerSettings = {
  ...workerSettings,
  lockDuration: 15_000,
  stalledInterval: 5_000,
};
