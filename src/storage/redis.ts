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
  redis.on('error', onError);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    if (parsed.password) parsed.password = '***';
    throw new AuroraError(
      'queue-unavailable',
      `Redis at ${parsed.href} cannot be reached: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  return redis;
}
