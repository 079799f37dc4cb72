/** How one of an agent's attempts ended, as far as it says something about the agent. */
export interface PastAttempt {
  readonly succeeded: boolean;
  /** Milliseconds since it ended. */
  readonly age: number;
}

/** Milliseconds after which an attempt counts half. */
const halfLife = 3_600_000;
/** Older attempts are not asked for, in milliseconds: ten half-lives leave a thousandth of one. */
export const longestMemory = 10 * halfLife;
/** An agent without a history is trusted as if this many attempts had just succeeded. */
const trust = 2;
/** The least rate: an agent that gets no work at all could never win its share back. */
const leastRate = 0.05;

/**
 * An agent's recent success rate: `max(0.05, (2 + Σ w·s) / (2 + Σ w))`, with `s` 1 for an attempt that
 * succeeded and 0 for one that failed, and `w = 2^(−age / 1 h)`. So the last attempts count most, a new
 * agent starts at 1, and one that has failed wins its share back by succeeding, or as its failures
 * grow old.
 */
export function successRate(past: readonly PastAttempt[]): number {
  let [weight, successes] = [trust, trust];
  for (const { succeeded, age } of past) {
    const own = 2 ** (-Math.max(0, age) / halfLife);
    weight += own;
    if (succeeded) successes += own;
  }
  return Math.max(leastRate, successes / weight);
}
