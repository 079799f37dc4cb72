import { createHmac } from 'node:crypto';
import { scanSecretsIn } from '../memory/scan-secrets.ts';
import type { Escalation } from '../storage/escalation-store.ts';

/** Milliseconds that the other side may take to answer. */
export const webhookTimeout = 10_000;
/** Characters of the question that are sent; the whole is in the API. */
const maxQuestion = 4_000;

/**
 * Tells a webhook of an opened escalation. It may be told twice; `id` is the same then. With a secret
 * the header `x-aurora-signature` is `sha256=` and the HMAC-SHA256 of `<timestamp>.<body>` in hex,
 * the timestamp being that of `x-aurora-timestamp` (seconds).
 *
 * @throws Error when it was not taken with a 2xx status, in time
 */
export async function postWebhook(
  url: string,
  secret: string | undefined,
  escalation: Escalation,
  timeout = webhookTimeout,
): Promise<void> {
  const { id, runId, taskId, kind, createdAt } = escalation;
  const { question, options } = await scanSecretsIn({
    question: escalation.question,
    options: escalation.options,
  });
  const body = JSON.stringify({
    type: 'escalation.opened',
    ...{ id, runId, taskId, kind, options, createdAt },
    question: question.slice(0, maxQuestion),
  });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'aurora',
      'x-aurora-delivery': id,
      'x-aurora-timestamp': timestamp,
      ...(secret === undefined ? {} : { 'x-aurora-signature': sign(secret, timestamp, body) }),
    },
    body,
    // A redirect could lead to where the configuration did not.
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}

function sign(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
