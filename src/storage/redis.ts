import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { parseRedisAddress } from '../domain/redis-address.ts';

export type { Cluster, Redis };

/** Milliseconds until a server that does not answer counts as away. */
const connectTimeout = 5_000;

/**
 * Opens a connection to Redis by URL (`redis://`, `rediss://`), unix socket (`unix:/path`) or the nodes
 * of a cluster (`redis://a,b,c`, `redis://a?cluster=true`).
 *
 * @throws AuroraError queue-unavailable when it does not answer within five seconds
 */
export async function openRedis(
  url: string,
  onError: (error: Error) => void,
): Promise<Redis | Cluster> {
  const redis = createClient(url);
  // What connect() throws does not say why; the error event before it does.
  let reason: Error | undefined;
  const noteReason = (error: Error) => (reason = error);
  redis.on('error', noteReason);
  try {
    await Promise.race([redis.connect(), giveUp()]);
    redis.off('error', noteReason);
    redis.on('error', onError);
  } catch (error) {
    redis.disconnect();
    throw new AuroraError(
      'queue-unavailable',
      `Redis at ${withoutPassword(url)} cannot be reached: ${errorMessage(reason ?? error)}`,
      { cause: error },
    );
  }
  return redis;
}

function createClient(url: string): Redis | Cluster {
  // BullMQ's workers need commands that wait for a lost connection instead of failing.
  const options = { maxRetriesPerRequest: null, connectTimeout };
  const address = parseRedisAddress(url);
  switch (address?.kind) {
    case 'cluster': {
      const { nodes, tls, kind: _, ...credentials } = address;
      return new Cluster([...nodes], {
        lazyConnect: true,
        redisOptions: { ...options, ...credentials, ...(tls ? { tls: {} } : {}) },
      });
    }
    case 'socket':
      return new Redis({ ...options, lazyConnect: true, path: address.path });
    case 'single':
    case undefined:
      return new Redis(url, { ...options, lazyConnect: true });
  }
}

/** A cluster of which no node answers is tried again for ever. */
async function giveUp(): Promise<never> {
  await sleep(connectTimeout, undefined, { ref: false });
  throw new Error('no answer');
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^/@]*:)[^@/]*@/, '$1***@');
}
