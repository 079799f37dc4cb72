import { withAdvisoryLock } from '../storage/advisory-lock.ts';
import { pruneWorkers } from '../storage/worker-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { reconcile } from './reconciler.ts';

/** Milliseconds between two looks; everything urgent is told by the queue, not found here. */
const interval = 15_000;

/** Reconciles now and then on a slow timer; of several Maestros one does it at a time. */
export async function openReconciler(deps: MaestroDeps): Promise<{ close(): Promise<void> }> {
  const { database, log } = deps;
  const once = async () => {
    try {
      await withAdvisoryLock(database.pool, 'reconciler', async () => {
        await reconcile(deps);
        await pruneWorkers(database.db);
      });
    } catch (error) {
      log.error({ err: error }, 'reconciling failed; it is tried again');
    }
  };
  let current = once();
  await current;
  const timer = setInterval(() => {
    current = current.then(once);
  }, interval);
  return {
    async close() {
      clearInterval(timer);
      await current;
    },
  };
}
