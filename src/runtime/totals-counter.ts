import type { Logger } from '../domain/logger.ts';
import type { Db } from '../storage/database.ts';
import { addToTotal } from '../storage/totals-store.ts';

/** How long counts are gathered before they are written, in milliseconds. */
const gatherTime = 1_000;

/** Counts into a lasting total in batches, so that counting costs the hot path nothing. */
export function createTotalsCounter(
  db: Db,
  name: string,
  log: Logger,
): { add(label: string, amount?: number): void; close(): Promise<void> } {
  let pending = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const flush = async () => {
    timer = undefined;
    const counted = pending;
    pending = new Map();
    try {
      for (const [label, amount] of counted) await addToTotal(db, name, label, amount);
    } catch (error) {
      log.warn({ err: error, name }, 'a counter could not be written');
    }
  };
  return {
    add(label, amount = 1) {
      if (amount === 0) return;
      pending.set(label, (pending.get(label) ?? 0) + amount);
      timer ??= setTimeout(() => void flush(), gatherTime).unref();
    },
    async close() {
      clearTimeout(timer);
      await flush();
    },
  };
}
