import { forgeWait } from '../delivery/ask-forge.ts';
import { knownAnswers, type KnownAnswers } from '../delivery/forge-client.ts';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { deliveriesTopic } from '../queue/topics.ts';
import type { Delivery } from '../storage/delivery-store.ts';
import {
  endLooks,
  postponeLook,
  takeDueLooks,
  untilDueLook,
} from '../storage/due-delivery-store.ts';
import { openDueWatch, type DueWatch } from './due-watch.ts';
import { inParallel } from './in-parallel.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { syncDelivery } from './sync-feedback.ts';

/** Pull requests that are looked at at the same time. */
const atOnce = 5;

/** Looking again does not help against these. */
const finalCodes: readonly string[] = [
  'forge-denied',
  'forge-refused',
  'forge-unknown',
  'repository-invalid',
];

/**
 * Looks at open pull requests of runs now and then, and makes what reviewers and checks say into tasks. One
 * Maestro has each look; a forge is asked only for what has changed, and left alone as long as it wants.
 *
 * @param signal gives up what waits for a forge
 */
export async function openPullRequestWatch(
  deps: MaestroDeps,
  signal: AbortSignal,
): Promise<DueWatch> {
  const { database, queues, log } = deps;
  const known = knownAnswers();
  const watch = await openDueWatch(
    queues,
    deliveriesTopic,
    async () => {
      for (;;) {
        const due = await takeDueLooks(database.db, atOnce);
        if (due.length === 0 || signal.aborted) break;
        await inParallel(due, atOnce, (each) => look(deps, each, signal, known));
      }
      return untilDueLook(database.db);
    },
    (error) => log.error({ err: error }, 'pull requests could not be looked at; it is tried again'),
  );
  void watch.look();
  return watch;
}

async function look(
  deps: MaestroDeps,
  taken: Delivery,
  signal: AbortSignal,
  known: KnownAnswers,
): Promise<void> {
  const { log, database, machine } = deps;
  const { runId, target } = taken;
  if (signal.aborted) return;
  try {
    const { url } = await syncDelivery(deps, taken, { signal, known });
    if (url === null) await endLooks(database.db, taken, null);
  } catch (error) {
    if (signal.aborted) return;
    // Its plan is being changed: the next look sees.
    if (error instanceof AuroraError && error.code === 'state-conflict') return;
    log.warn({ err: error, runId, target }, 'a pull request could not be looked at');
    if (error instanceof AuroraError && finalCodes.includes(error.code)) {
      const problem = `${errorMessage(error)} ${error.remedy} (Maestro on ${machine})`;
      return endLooks(database.db, taken, problem);
    }
    await postponeLook(database.db, taken, forgeWait(error));
  }
}
