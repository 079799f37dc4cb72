import pc from 'picocolors';
import { deliveryTrouble } from '../domain/delivery.ts';
import { listDeliveries } from '../storage/delivery-store.ts';
import { say } from './cli-context.ts';
import type { FollowOptions } from './follow-run.ts';

/** Waits until Maestro has made a run's deliveries or given them up, or `signal` is aborted. */
export async function followDeliveries({
  db,
  notifier,
  runId,
  signal,
}: Omit<FollowOptions, 'live'>): Promise<void> {
  let wake: () => void = () => undefined;
  let told = '';
  const unsubscribe = await notifier.subscribe(runId, () => wake());
  const stop = () => wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const news = new Promise<void>((resolve) => (wake = resolve));
      const due = (await listDeliveries(db, runId)).filter(({ dueAt }) => dueAt !== null);
      if (due.length === 0) return;
      const trouble = due.map(deliveryTrouble).find((each) => each !== null) ?? '';
      if (trouble !== told) say(pc.yellow(trouble));
      told = trouble;
      // In case the news is lost.
      const timer = setTimeout(wake, 5_000);
      await news;
      clearTimeout(timer);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await unsubscribe();
  }
}
