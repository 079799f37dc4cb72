import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is neither undefined nor false, and returns it.
 *
 * @param options.timeoutMs longest wait in milliseconds, by default 15 s.
 * @param options.what names the awaited thing in the error.
 * @throws Error when the time is over; what `predicate` throws passes through at once.
 */
export async function waitFor<T>(
  predicate: () => T | Promise<T>,
  options: { timeoutMs?: number; what?: string } = {},
): Promise<Exclude<T, undefined | false>> {
  const { timeoutMs = 15_000, what = 'the awaited condition' } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await predicate();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${timeoutMs} ms`);
    await sleep(20);
  }
}
