export interface BackoffOptions {
  /** Milliseconds. */
  readonly base: number;
  /** Milliseconds. */
  readonly max: number;
}

/** The seed's numbers. */
export const defaultBackoff: BackoffOptions = { base: 1_000, max: 60_000 };

/**
 * The delay before the next try, in whole milliseconds: exponential backoff with jitter,
 * `min(base * 2^(n-1) + U(0, base * 2^(n-1)), max)` (seed document, "Failure Handling": attempt 1
 * waits 1 to 2 s, attempt 5 waits 16 to 32 s).
 *
 * @param attempt the attempt that has just failed, from 1
 * @param random a number in [0, 1)
 */
export function backoffDelay(
  attempt: number,
  random: number,
  { base, max }: BackoffOptions = defaultBackoff,
): number {
  // Capped first: an infinite step times a jitter of 0 would be no number.
  const step = Math.min(base * 2 ** (Math.max(1, attempt) - 1), max);
  return Math.floor(Math.min(step + random * step, max));
}
