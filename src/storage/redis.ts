import { Redis } from 'ioredis';

export type { Redis };
import { AuroraError, errorMessage } from '../domain/errors.ts';

/**
 * Opens a connection to Redis by URL (`redis://`, `rediss://`) or unix socket (`unix:/path`).
 *
 * @throws AuroraError queue-unavailable when it does not answer within five seconds
 */
export async function openRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const parsed = new URL(url);
  // BullMQ's workers need commands that wait for a lost connection instead of failing.
  const options = { maxRetriesPerRequest: null, lazyConnect: true, connectTimeout: 5_000 };
  const redis =
    parsed.protocol === 'unix:'
      ? new Redis({ ...options, path: decodeURIComponent(parsed.pathname) })
      : new Redis(url, options);
  // What connect() throws does not say why; the error event before it does.
  let reason: Error | undefined;
  const noteReason = (error: Error) => (reason = error);
  redis.on('error', noteReason);
  try {
    await redis.connect();
    redis.off('error', noteReason);
    redis.on('error', onError);
  } catch (error) {
    redis.disconnect();
    if (parsed.password) parsed.password = '***';
    throw new AuroraError(
      'queue-unavailable',
      `Redis at ${parsed.href} cannot be reached: ${errorMessage(reason ?? error)}`,
      { cause: error },
    );
  }
  return redis;
}
