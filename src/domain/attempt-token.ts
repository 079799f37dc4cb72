import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const keySchema = z.tuple([z.string(), z.string(), z.int().positive()]);

/** The attempt that a token speaks for. */
interface TokenHolder {
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
}

const sign = (secret: string, body: string): Buffer =>
  createHmac('sha256', secret).update(body).digest();

/**
 * A bearer token with which the program of one attempt speaks for it. It names the attempt and is
 * signed with the fleet's secret, so nothing is stored for it; the epoch ends its use.
 */
export function issueAttemptToken(secret: string, { runId, taskId, epoch }: TokenHolder): string {
  const body = Buffer.from(JSON.stringify([runId, taskId, epoch])).toString('base64url');
  return `${body}.${sign(secret, body).toString('base64url')}`;
}

/** The attempt that a token was issued for; undefined when it was not, or was changed. */
export function readAttemptToken(secret: string, token: string): TokenHolder | undefined {
  const [body = '', signature = '', ...rest] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const right = sign(secret, body);
  if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) {
    return undefined;
  }
  const [runId, taskId, epoch] = keySchema.parse(
    JSON.parse(Buffer.from(body, 'base64url').toString()),
  );
  return { runId, taskId, epoch };
}
