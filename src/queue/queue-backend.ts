import {
  createPostgresBackend,
  createPostgresRelayBackend,
  FlowProducer,
  Queue,
  Relay,
  runMigrations,
  Worker,
  type Processor,
  type WorkerOptions,
} from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type pg from 'pg';

/** What BullMQ offers on one shard. */
export interface ShardBackend {
  queue(name: string): Queue;
  worker<T>(name: string, processor: Processor<T>, options: WorkerSettings): Worker<T>;
  flowProducer(): FlowProducer;
}

/**
 * BullMQ on the store that was configured. The only place that knows which one it is; everything
 * it makes has BullMQ's plain types.
 */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  /** Over how many shards new runs are spread. */
  readonly shards: number;
  /** Any shard, also one beyond `shards`, where runs from before a change may still be. */
  shard(shard: number): ShardBackend;
  relay(nodeName: string): Relay;
}

export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

export interface RedisQueueOptions {
  /** Prefix of all keys, so that several Auroras can share one Redis. */
  readonly prefix?: string | undefined;
  readonly shards?: number | undefined;
}

export function redisQueueBackend(
  connection: Redis | Cluster,
  { prefix = 'aurora', shards = 1 }: RedisQueueOptions = {},
): QueueBackend {
  return {
    kind: 'redis',
    shards,
    shard(shard) {
      const options = { connection, prefix: shardPrefix(prefix, shard, connection.isCluster) };
      return {
        queue: (name) => new Queue(name, options),
        worker: (name, processor, settings) =>
          new Worker(name, processor, { ...settings, ...options }),
        flowProducer: () => new FlowProducer(options),
      };
    },
    // The relay brings a hash tag of its own.
    relay: (nodeName) => new Relay({ connection, prefix, name: nodeName }),
  };
}

/**
 * The braces are Redis Cluster's hash tag: all keys of a shard live in one slot, which flows need.
 * The first shard of a single Redis keeps the plain prefix, so that adding shards moves nothing.
 */
function shardPrefix(prefix: string, shard: number, isCluster: boolean): string {
  return shard === 0 && !isCluster ? prefix : `{${prefix}-${shard}}`;
}

/**
 * BullMQ on Postgres, which has one shard: more would share its one core all the same. `pool` must
 * have BullMQ's schema as its search path (see {@link migrateQueue}) and more connections than there
 * are workers, since each worker keeps one to listen on.
 */
export function postgresQueueBackend(pool: pg.Pool): QueueBackend {
  // Each queue and worker listens for errors of the pool, and there are dozens of them.
  pool.setMaxListeners(0);
  // BullMQ's classes are generic over the backend; the rest of Aurora is not, and reads only what
  // both have in common. These casts are the price, paid here once.
  const connection = pool as never;
  const factory = createPostgresBackend as never;
  const only: ShardBackend = {
    queue: (name) => new Queue(name, { connection }, factory),
    worker: (name, processor, settings) =>
      new Worker(name, processor, { ...settings, connection }, factory),
    flowProducer: () => new FlowProducer({ connection }, factory),
  };
  return {
    kind: 'postgres',
    shards: 1,
    shard: () => only,
    relay: (nodeName) =>
      new Relay({
        connection,
        name: nodeName,
        backend: createPostgresRelayBackend,
      }),
  };
}

/** The same backend, whose workers' locks run out after the given milliseconds. */
export function withLockDuration(backend: QueueBackend, lockDuration: number): QueueBackend {
  return {
    ...backend,
    shard(number) {
      const shard = backend.shard(number);
      const times = { lockDuration, stalledInterval: Math.ceil(lockDuration / 2) };
      return {
        ...shard,
        worker: (name, processor, settings) =>
          shard.worker(name, processor, { ...settings, ...times }),
      };
    },
  };
}

/** Brings BullMQ's own Postgres schema up to date; safe when several processes do so at once. */
export async function migrateQueue(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client);
  } finally {
    client.release();
  }
}
