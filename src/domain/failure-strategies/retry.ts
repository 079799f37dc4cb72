import { backoffDelay } from '../backoff.ts';
import { finalFailureClasses } from '../failure.ts';
import { totalFailures } from '../failure-case.ts';
import { apply, pass, type FailureStrategy } from '../failure-strategy.ts';

/** Attempts of an agent that takes over when the task's own are used up already. */
const substituteAttempts = 2;

/**
 * The same agent again, after the seed's backoff. The clash of a first attempt is there to be settled at
 * once: the branch does not change back by waiting. Who clashes later meets others that are still at the
 * same files, and waits: at once it would meet the next of them.
 */
export const retry: FailureStrategy = (given) => {
  const { agent, failure, failures, maxAttempts, random, backoff } = given;
  if (finalFailureClasses.includes(failure.class)) {
    return pass(`a ${failure.class} error: the same agent would fail again`);
  }
  const total = totalFailures(given);
  const own = failures[agent] ?? total;
  if (total >= maxAttempts) {
    if (own === total) return pass(`all ${maxAttempts} attempt(s) are used up`);
    const allowed = Math.min(substituteAttempts, maxAttempts);
    if (own >= allowed) return pass(`${agent} has had its ${allowed} attempt(s) as a substitute`);
  }
  const clashedAtOnce = failure.clash !== undefined && own === 1;
  const delay = clashedAtOnce ? 0 : backoffDelay(own, random, backoff);
  return apply(
    { kind: 'retry', delay },
    `attempt ${total} of ${Math.max(total, maxAttempts)} failed (${failure.class})`,
  );
};
