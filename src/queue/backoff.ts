import type { BackoffStrategy } from 'bullmq';
import { backoffDelay, type BackoffOptions } from '../domain/backoff.ts';

/** A failed attempt whose next try was decided, and recorded, by the failure rule. */
export class RetryLater extends Error {
  /** Milliseconds. */
  readonly delay: number;

  constructor(message: string, delay: number) {
    super(message);
    this.name = 'RetryLater';
    this.delay = delay;
  }
}

/**
 * BullMQ's custom backoff for all our workers: the delay that the record holds; for anything else
 * (a service that was away) the seed's formula. Integers only: BullMQ loses jobs on fractions.
 */
export function createBackoffStrategy(options?: BackoffOptions): BackoffStrategy {
  return (attemptsMade, _type, error) =>
    error instanceof RetryLater
      ? Math.max(0, Math.ceil(error.delay))
      : backoffDelay(Math.min(attemptsMade ?? 1, 16), Math.random(), options);
}
