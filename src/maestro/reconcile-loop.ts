import { workerStartedTopic } from '../queue/topics.ts';
import { withAdvisoryLock } from '../storage/advisory-lock.ts';
import { pruneWorkers } from '../storage/worker-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { reconcile } from './reconciler.ts';

/** Milliseconds between two looks; everything urgent is told by the queue, not found here. */
const interval = 15_000;

/**
 * Reconciles at the start, now and then, and when a worker has started, since it may replace one
 * that died; of several Maestros one does it at a time.
 *
 * @param alsoLook is called each time, by every Maestro
 */
export async function openReconciler(
  deps: MaestroDeps,
  alsoLook: () => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const { database, queues, log } = deps;
  const once = async () => {
    try {
      await withAdvisoryLock(database.pool, 'reconciler', async () => {
        await reconcile(deps);
        await pruneWorkers(database.db);
      });
    } catch (error) {
      log.error({ err: error }, 'reconciling failed; it is tried again');
    }
    await alsoLook();
  };
  let current = once();
  await current;
  const again = () => {
    current = current.then(once);
  };
  const timer = setInterval(again, interval);
  const workers = await queues.relay.subscribe(workerStartedTopic, again);
  return {
    async close() {
      clearInterval(timer);
      await workers.unsubscribe();
      await current;
    },
  };
}
