import { workerStartedTopic } from '../queue/topics.ts';
import { standForOffice } from '../storage/leadership.ts';
import { pruneHistory } from '../storage/retention-store.ts';
import { pruneWorkers } from '../storage/worker-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { hasLostRuns } from './notice-loss.ts';
import { reconcile } from './reconciler.ts';
import { removeOrphans, retireRuns } from './retire-runs.ts';
import { voidPublications } from './void-publications.ts';

/** Milliseconds between two looks; everything urgent is told by the queue, not found here. */
const interval = 15_000;
/** Every so many looks, also what is seldom needed and costs more. */
const thoroughEvery = 20;

/**
 * Reconciles at the start, now and then, when a worker has started (it may replace one that died), and
 * when the queue turns out to have lost its jobs. One Maestro of all does it; should two for a moment,
 * because the one was frozen and does not know yet that it was replaced, each step is harmless twice.
 *
 * @param alsoLook is called each time, by every Maestro
 */
export async function openReconciler(
  deps: MaestroDeps,
  alsoLook: () => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const { database, queues, log } = deps;
  let office: AbortSignal | undefined;
  let looks = 0;
  let current = Promise.resolve();
  let isDue = false;

  const look = async () => {
    isDue = false;
    await alsoLook();
    const isOurs = () => office !== undefined && !office.aborted;
    const isThorough = looks++ % thoroughEvery === 0;
    const steps = [
      () => reconcile(deps),
      () => retireRuns(deps),
      () => pruneWorkers(database.db),
      ...(isThorough
        ? [
            () => voidPublications(deps),
            () => removeOrphans(deps),
            () => pruneHistory(database.db, deps.retentionDays),
          ]
        : []),
    ];
    for (const step of steps) {
      if (!isOurs()) return;
      try {
        await step();
      } catch (error) {
        log.error({ err: error }, 'reconciling failed; it is tried again');
      }
    }
  };
  /** Many reasons to look at once are one. */
  const again = () => {
    if (isDue) return;
    isDue = true;
    current = current.then(look);
  };
  const leadership = await standForOffice(
    database.url,
    'reconciler',
    (signal) => {
      log.debug({}, 'leading');
      office = signal;
      again();
    },
    async () => {
      if (!isDue && (await hasLostRuns(deps))) again();
    },
    (error) =>
      log.warn({ err: error }, 'the office of the reconciler was lost, or could not be held'),
  );
  await current;
  const timer = setInterval(again, interval);
  const workers = await queues.relay.subscribe(workerStartedTopic, again);
  return {
    async close() {
      clearInterval(timer);
      await workers.unsubscribe();
      await current;
      await leadership.close();
    },
  };
}
