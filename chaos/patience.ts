import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks somebody who is killed now and then, again until the answer comes.
 *
 * @param within milliseconds; on a slow machine a server that is killed all the time is seldom there
 * @throws the last error when the time is over, and at once when the signal comes
 */
export async function patiently<T>(
  question: () => Promise<T>,
  { signal, within = 1_800_000 }: { readonly signal: AbortSignal; readonly within?: number },
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      signal.throwIfAborted();
      if (Date.now() > deadline) throw error;
      await sleep(200, undefined, { signal });
    }
  }
}
