import { AuroraError } from '../domain/errors.ts';
import { actionsFor } from '../domain/escalation.ts';
import { escalationsTopic } from '../queue/topics.ts';
import {
  listOverdue,
  markDelivered,
  postponeDelivery,
  takeDeliveries,
  untilNextDelivery,
  untilNextOverdue,
} from '../storage/escalation-watch-store.ts';
import type { Escalation } from '../storage/escalation-store.ts';
import { answerEscalation } from './answer-escalation.ts';
import { openDueWatch, type DueWatch } from './due-watch.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { postWebhook, webhookTimeout } from './post-webhook.ts';

/** Milliseconds until a delivery is tried again: 5 s, 10 s, … at most an hour. */
const deliveryDelay = (tries: number): number => Math.min(5_000 * 2 ** (tries - 1), 3_600_000);

/**
 * Does in a person's place what the policy says about escalations that nobody answers, and tells the
 * webhook of new ones. What is due is in the record, and a timer waits for the next; several Maestros
 * may watch at once, since an escalation is answered once and a delivery is taken by one.
 */
export async function openEscalationWatch(
  deps: MaestroDeps,
  options: { readonly timeout?: number; readonly delay?: (tries: number) => number } = {},
): Promise<DueWatch> {
  const { policy, queues, log } = deps;
  if (policy.deadline === undefined && policy.webhook === undefined) {
    return { look: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  const watch = await openDueWatch(
    queues,
    escalationsTopic,
    async () => {
      await actOnOverdue(deps);
      await deliver(deps, options);
      return untilNext(deps);
    },
    (error) =>
      log.error({ err: error }, 'escalations could not be looked after; it is tried again'),
  );
  void watch.look();
  return watch;
}

async function untilNext({ database, policy }: MaestroDeps): Promise<number | null> {
  const waits = [
    policy.deadline === undefined ? null : await untilNextOverdue(database.db, policy.deadline),
    policy.webhook === undefined ? null : await untilNextDelivery(database.db),
  ].filter((wait) => wait !== null);
  return waits.length === 0 ? null : Math.min(...waits);
}

async function actOnOverdue(deps: MaestroDeps): Promise<void> {
  const { database, policy, log } = deps;
  const { deadline, defaultAction: action } = policy;
  if (deadline === undefined || action === undefined) return;
  const problems: unknown[] = [];
  for (const { id, runId, taskId, kind } of await listOverdue(database.db, deadline)) {
    // A used-up budget can be raised by a person only.
    if (!actionsFor(kind).includes(action)) continue;
    try {
      await answerEscalation(deps, id, { action, by: 'the deadline', note: 'nobody answered' });
      log.warn({ id, runId, taskId, action }, 'nobody answered in time');
    } catch (error) {
      // Somebody did at the last moment, or another Maestro was first.
      if (!(error instanceof AuroraError) || error.kind !== 'conflict') problems.push(error);
    }
  }
  // The others were not to wait for it.
  if (problems.length > 0) {
    throw new AggregateError(problems, 'some overdue escalations could not be answered');
  }
}

async function deliver(
  deps: MaestroDeps,
  {
    timeout = webhookTimeout,
    delay = deliveryDelay,
  }: Parameters<typeof openEscalationWatch>[1] = {},
): Promise<void> {
  const { database, policy } = deps;
  const { webhook } = policy;
  if (webhook === undefined) return;
  const taken = await takeDeliveries(database.db, timeout + delay(1));
  await Promise.all(taken.map((each) => deliverOne(deps, webhook, each, timeout, delay)));
}

async function deliverOne(
  { database, variables, log }: MaestroDeps,
  webhook: string,
  escalation: Escalation,
  timeout: number,
  delay: (tries: number) => number,
): Promise<void> {
  const { id, notifyTries } = escalation;
  try {
    await postWebhook(webhook, variables['AURORA_WEBHOOK_SECRET'], escalation, timeout);
  } catch (error) {
    log.warn(
      { err: error, id, tries: notifyTries },
      'the webhook was not reached; it is tried again',
    );
    return postponeDelivery(database.db, id, delay(notifyTries));
  }
  await markDelivered(database.db, id);
}
