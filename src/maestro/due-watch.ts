import type { FleetQueues } from '../queue/fleet-queues.ts';

/** Looks after what falls due, without asking again and again. */
export interface DueWatch {
  /** Does what is due now, and finds out anew what is due next. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** What timers can wait, in milliseconds; longer ones would fire at once. */
const longestTimer = 2 ** 31 - 1;
/** Milliseconds between two looks at least. */
const shortestPause = 10;

/**
 * One timer for the next thing that is due; whoever adds something calls `look`, or tells it under the
 * topic, whichever process it is in.
 *
 * @param act does what is due, and returns the milliseconds until the next is; null for never
 * @param onError is told when that failed; nothing is done again before the next `look`
 */
export async function openDueWatch(
  { relay }: Pick<FleetQueues, 'relay'>,
  topic: string,
  act: () => Promise<number | null>,
  onError: (error: unknown) => void,
): Promise<DueWatch> {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let current = Promise.resolve();
  const once = async () => {
    if (closed) return;
    clearTimeout(timer);
    try {
      const wait = await act();
      if (wait === null || closed) return;
      timer = setTimeout(() => void look(), Math.min(Math.max(wait, shortestPause), longestTimer));
    } catch (error) {
      onError(error);
    }
  };
  const look = (): Promise<void> => (current = current.then(once));
  const news = await relay.subscribe(topic, () => void look());
  return {
    look,
    async close() {
      closed = true;
      clearTimeout(timer);
      await news.unsubscribe();
      await current;
    },
  };
}
