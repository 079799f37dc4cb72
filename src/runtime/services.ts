import { hostname } from 'node:os';
import type { AuroraConfig } from '../config/config-file.ts';
import type { Environment } from '../config/environment.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import { openFleetQueues, type FleetQueues } from '../queue/fleet-queues.ts';
import {
  migrateQueue,
  postgresQueueBackend,
  redisQueueBackend,
  withLockDuration,
} from '../queue/queue-backend.ts';
import type { Database } from '../storage/database.ts';
import { machineName } from '../storage/local-server/machine-name.ts';
import { openRedis } from '../storage/redis.ts';
import { Closer } from './closer.ts';
import { openMemory } from './open-memory.ts';
import { openRecord } from './open-record.ts';
import { queuePool } from './queue-pool.ts';
import { RunNotifier } from '../queue/run-notifier.ts';

/** What every process of Aurora stands on. */
export interface Services {
  readonly env: Environment;
  readonly config: AuroraConfig;
  readonly log: Logger;
  readonly database: Database;
  readonly queues: FleetQueues;
  readonly memory: MemoryCoordinator;
  readonly notifier: RunNotifier;
  /** See {@link machineName}. */
  readonly machine: string;
  /** Whether Postgres is the embedded one. */
  readonly embedded: boolean;
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly env: Environment;
  readonly config: AuroraConfig;
  readonly log: Logger;
  /** Workers that this process will run: each keeps a Postgres connection to listen on. */
  readonly workers: number;
  /** Key prefix in Redis. */
  readonly redisPrefix?: string;
  /** Milliseconds until a silent worker's jobs are somebody else's; for those who freeze workers. */
  readonly lockDuration?: number;
  /** Instead of this machine's name; for those who play several machines on one. */
  readonly machine?: string;
}

/**
 * Opens Postgres (yours, or the embedded one), the queue's store and the memory, in this order, and
 * closes them in the reverse. An embedded database is migrated here; yours by `aurora migrate`.
 *
 * @throws AuroraError database-unavailable, database-unmigrated, database-newer, queue-unavailable …
 */
export async function openServices(options: ServicesOptions): Promise<Services> {
  const { env, config, log } = options;
  const closer = new Closer();
  const onError = (error: Error) => log.warn({ err: error }, 'lost contact with a service');
  try {
    const { database, embedded } = await openRecord(env, log, closer);
    const redis = env.redisUrl === undefined ? undefined : await openRedis(env.redisUrl, onError);
    if (redis !== undefined) closer.add(() => redis.quit());

    let backend;
    if (redis === undefined) {
      const pool = queuePool(database.url, options.workers + 10);
      pool.on('error', onError);
      closer.add(() => {
        // A server that stops right after us may still say so to a connection on its way out.
        pool.off('error', onError);
        return pool.end();
      });
      if (embedded) await migrateQueue(pool);
      backend = postgresQueueBackend(pool);
    } else {
      backend = redisQueueBackend(redis, { prefix: options.redisPrefix, shards: env.shards });
    }
    if (options.lockDuration !== undefined) {
      backend = withLockDuration(backend, options.lockDuration);
    }
    const queues = await openFleetQueues(backend, `${hostname()}-${process.pid}`, onError);
    // Opened now, so that boards and counters show the queue of every configured agent.
    for (const shard of queues.shards) {
      for (const agent of config.agents) shard.agent(agent.name);
    }
    closer.add(() => queues.close());
    const notifier = new RunNotifier(queues.relay, log);
    closer.add(() => notifier.close());
    const { redisPrefix } = options;
    const memory = openMemory({ database, redis, env, redisPrefix, log });
    closer.add(() => memory.close());
    return {
      env,
      config,
      log,
      database,
      queues,
      memory,
      notifier,
      machine: options.machine ?? (await machineName()),
      embedded,
      close: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}
