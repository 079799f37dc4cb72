import { backoffDelay, defaultBackoff } from '../backoff.ts';
import type { FailureCase } from '../failure-case.ts';
import { apply, pass, type FailureStrategy } from '../failure-strategy.ts';

/** A task that is told to come back later this often is not only early. */
const mostWaits = 50;
/** Milliseconds that a task may wait in all without using up an attempt. */
const longestWait = 24 * 3_600_000;
/** Milliseconds. Everybody who was told the same time shall not come at that very moment. */
const mostJitter = 30_000;
/** An outage may last for hours; each try is an attempt in the record, so they become few. */
const outageBackoff = { ...defaultBackoff, max: 300_000 };

/** Waits as long as the other side asked for (or its agent is suspended); costs no attempt. */
export const wait: FailureStrategy = (given) => {
  const { waits, failure } = given;
  const why = reasonToWait(given);
  if (why === undefined) return pass('nobody has said that later would be better');
  const delay = waitingTime(given);
  // Of a service that is away nobody has told a time that could be wrong.
  if (failure.class !== 'unavailable' && waits.count >= mostWaits) {
    return pass(`it has waited ${waits.count} times already`);
  }
  if (waits.total + delay > longestWait) return pass('it would have waited for more than a day');
  return apply({ kind: 'wait', delay }, why);
};

function reasonToWait({ agent, failure, suspendedFor }: FailureCase): string | undefined {
  if (suspendedFor !== null) {
    return `${agent} is suspended: its attempts keep failing for this reason, not because of the task`;
  }
  if (failure.class === 'rate-limited') return 'a rate limit: time mends it';
  if (failure.class === 'unavailable') return 'a service that Aurora needs was away: time mends it';
  return undefined;
}

function waitingTime({ failure, suspendedFor, waits, random, backoff }: FailureCase): number {
  if (suspendedFor === null && failure.retryAfter === undefined) {
    const usual = failure.class === 'unavailable' ? outageBackoff : defaultBackoff;
    return backoffDelay(waits.count + 1, random, backoff ?? usual);
  }
  const asked = Math.max(suspendedFor ?? 0, failure.retryAfter ?? 0, 0);
  return Math.ceil(asked + random * Math.min(asked / 10, mostJitter));
}
