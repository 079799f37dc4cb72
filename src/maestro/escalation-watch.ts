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
import type { MaestroDeps } from './maestro-deps.ts';
import { postWebhook, webhookTimeout } from './post-webhook.ts';

/** What timers can wait, in milliseconds; longer ones would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** Milliseconds until a delivery is tried again: 5 s, 10 s, … at most an hour. */
const deliveryDelay = (tries: number): number => Math.min(5_000 * 2 ** (tries - 1), 3_600_000);

export interface EscalationWatch {
  /** Looks for what is due now; also called by the reconciler, should a nudge have been lost. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Does in a person's place what the policy says about escalations that nobody answers, and tells the
 * webhook of new ones. What is due is in the record, and a timer waits for the next; several Maestros
 * may watch at once, since an escalation is answered once and a delivery is taken by one.
 */
export async function openEscalationWatch(
  deps: MaestroDeps,
  options: { readonly timeout?: number; readonly delay?: (tries: number) => number } = {},
): Promise<EscalationWatch> {
  const { policy, queues, log } = deps;
  if (policy.deadline === undefined && policy.webhook === undefined) {
    return { look: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let current = Promise.resolve();
  const once = async () => {
    if (closed) return;
    clearTimeout(timer);
    try {
      await actOnOverdue(deps);
      await deliver(deps, options);
      const wait = await untilNext(deps);
      if (wait !== null && !closed) timer = setTimeout(() => void look(), clamp(wait));
    } catch (error) {
      log.error({ err: error }, 'escalations could not be looked after; it is tried again');
    }
  };
  const look = (): Promise<void> => (current = current.then(once));
  const news = await queues.relay.subscribe(escalationsTopic, () => void look());
  void look();
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

const clamp = (wait: number): number => Math.min(Math.max(wait, 10), longestTimer);

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
