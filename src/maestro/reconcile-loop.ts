import { nudgeProbes } from '../queue/release-agent.ts';
import { workerIdleTopic, workerStartedTopic } from '../queue/topics.ts';
import { standForOffice, type Term } from '../storage/leadership.ts';
import { pruneHistory } from '../storage/retention-store.ts';
import { pruneWorkers } from '../storage/worker-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { hasLostRuns } from './notice-loss.ts';
import { reconcile } from './reconciler.ts';
import { reroute } from './reroute.ts';
import { removeOrphans, retireRuns } from './retire-runs.ts';
import { tendMemory } from './tend-memory.ts';
import { voidPublications } from './void-publications.ts';

/** Milliseconds between two looks; everything urgent is told by the queue, not found here. */
const interval = 15_000;
/** Milliseconds in which idle workers are noticed together. */
const rerouteInterval = 1_000;
/** Milliseconds of a look in which old runs are forgotten; the rest has its turn at the next. */
const pruneTime = 1_000;
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
  let office: Term | undefined;
  let looks = 0;
  let current = Promise.resolve();
  let isDue = false;

  const isOurs = () => office?.isOurs() === true;
  const moveTasks = async () => {
    // What is moved at once is bounded.
    if ((await reroute(deps)) > 0) rerouteSoon();
  };
  const look = async () => {
    isDue = false;
    await alsoLook();
    const isThorough = looks++ % thoroughEvery === 0;
    const steps = [
      () => reconcile(deps),
      moveTasks,
      () => nudgeProbes(database.db, queues),
      () => retireRuns(deps, undefined, isOurs),
      () => pruneWorkers(database.db),
      () => pruneHistory(database.db, deps.retentionDays, pruneTime),
      () => tendMemory(deps, isOurs),
      ...(isThorough ? [() => voidPublications(deps), () => removeOrphans(deps)] : []),
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
  let rerouteTimer: NodeJS.Timeout | undefined;
  const rerouteSoon = () => {
    if (!isOurs()) return;
    rerouteTimer ??= setTimeout(() => {
      rerouteTimer = undefined;
      current = current
        .then(moveTasks)
        .catch((error: unknown) =>
          log.error({ err: error }, 'tasks could not be moved; it is tried again'),
        );
    }, rerouteInterval);
  };
  const leadership = await standForOffice(
    database.url,
    'reconciler',
    (term) => {
      log.debug({}, 'leading');
      office = term;
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
  const idle = await queues.relay.subscribe(workerIdleTopic, rerouteSoon);
  return {
    async close() {
      clearInterval(timer);
      clearTimeout(rerouteTimer);
      await Promise.all([workers.unsubscribe(), idle.unsubscribe()]);
      await current;
      // What was being done may have found more to do.
      clearTimeout(rerouteTimer);
      await leadership.close();
    },
  };
}
