import { backoffDelay, type BackoffOptions } from './backoff.ts';
import { finalFailureClasses, type AttemptFailure } from './failure.ts';

/** What happens after a failed attempt. */
export type RetryStrategy =
  | {
      readonly kind: 'retry';
      /** Milliseconds until the next attempt. */
      readonly delay: number;
      readonly reason: string;
    }
  | { readonly kind: 'escalate'; readonly reason: string };

/**
 * The failure rule: permanent errors and bugs go to a human at once, everything else is tried again
 * after the seed's backoff until the task's attempts are used up.
 *
 * @param failures attempts that have failed so far, this one included
 * @param random a number in [0, 1) for the jitter
 */
export function chooseRetryStrategy(
  failure: AttemptFailure,
  failures: number,
  maxAttempts: number,
  random: number,
  backoff?: BackoffOptions,
): RetryStrategy {
  if (finalFailureClasses.includes(failure.class)) {
    return { kind: 'escalate', reason: `a ${failure.class} error: no retry can mend it` };
  }
  if (failures >= maxAttempts) {
    return { kind: 'escalate', reason: `all ${maxAttempts} attempt(s) are used up` };
  }
  return {
    kind: 'retry',
    delay: backoffDelay(failures, random, backoff),
    reason: `attempt ${failures} of ${maxAttempts} failed (${failure.class})`,
  };
}
