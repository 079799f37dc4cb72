import { makeDelivery } from '../delivery/deliver-run.ts';
import { AuroraError, errorMessage, type ErrorKind } from '../domain/errors.ts';
import { deliveriesTopic } from '../queue/topics.ts';
import { hasDueDelivery, type Delivery } from '../storage/delivery-store.ts';
import {
  giveUpDelivery,
  postponeDelivery,
  takeDueDeliveries,
  untilDueDelivery,
} from '../storage/due-delivery-store.ts';
import { openDueWatch, type DueWatch } from './due-watch.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** How often a delivery is tried: for about four hours. */
const maxTries = 20;
/** Milliseconds until a delivery is tried again: 10 s, 20 s, … at most a quarter of an hour. */
const tryDelay = (tries: number): number => Math.min(10_000 * 2 ** (tries - 1), 900_000);
/** Milliseconds after which somebody else makes a delivery that was taken: whoever did has died. */
const lease = 300_000;

/** Trying again does not help against these. */
const finalKinds: readonly ErrorKind[] = ['input', 'not-found', 'conflict', 'unauthorized'];

/**
 * Delivers the work of runs that were submitted with a delivery, or whose pull request is to follow
 * further work, when they have ended as done. What is due is in the record, and each delivery is made by
 * one Maestro; a frozen one that wakes up finds itself overtaken.
 *
 * @param signal gives up what waits for a forge; it is then left to others
 * @param delay milliseconds until a try is repeated; for those who wait for it
 */
export async function openDeliveryWatch(
  deps: MaestroDeps,
  signal: AbortSignal,
  delay: (tries: number) => number = tryDelay,
): Promise<DueWatch> {
  const { database, queues, log } = deps;
  const watch = await openDueWatch(
    queues,
    deliveriesTopic,
    async () => {
      const taken = await takeDueDeliveries(database.db, lease);
      await Promise.all(taken.map((each) => deliver(deps, each, signal, delay)));
      return untilDueDelivery(database.db);
    },
    (error) => log.error({ err: error }, 'deliveries could not be looked after; it is tried again'),
  );
  void watch.look();
  return watch;
}

/** Tells every Maestro that a run has ended whose work is to be delivered, if it is. */
export async function tellDeliveries(
  { database, queues, log }: MaestroDeps,
  runId: string,
): Promise<void> {
  if (!(await hasDueDelivery(database.db, runId))) return;
  await queues.relay
    .publish(deliveriesTopic, {})
    .catch((error: unknown) => log.warn({ err: error }, 'Maestro could not be told of a delivery'));
}

async function deliver(
  { database, mirrors, forge, log, machine, notify }: MaestroDeps,
  taken: Delivery,
  signal: AbortSignal,
  delay: (tries: number) => number,
): Promise<void> {
  const { db } = database;
  const { runId, kind, target, tries } = taken;
  try {
    const { url } = await makeDelivery({ db, mirrors, forge }, taken, false, signal);
    log.info({ runId, kind, target, url }, 'delivered');
  } catch (error) {
    if (signal.aborted) return postponeDelivery(db, taken, taken.problem, 0);
    const isFinal =
      tries >= maxTries || (error instanceof AuroraError && finalKinds.includes(error.kind));
    log.warn({ err: error, runId, kind, target, tries, isFinal }, 'a delivery failed');
    const remedy = error instanceof AuroraError ? ` ${error.remedy}` : '';
    const problem = `${errorMessage(error)}${remedy} (Maestro on ${machine})`;
    await (isFinal
      ? giveUpDelivery(db, taken, problem)
      : postponeDelivery(db, taken, problem, delay(tries)));
  }
  notify(runId);
}
