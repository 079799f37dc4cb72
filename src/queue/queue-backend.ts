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
import type { Redis } from 'ioredis';
import type pg from 'pg';

/**
 * BullMQ on the store that was configured. The only place that knows which one it is; everything
 * it makes has BullMQ's plain types.
 */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  queue(name: string): Queue;
  worker<T>(name: string, processor: Processor<T>, options: WorkerSettings): Worker<T>;
  flowProducer(): FlowProducer;
  relay(nodeName: string): Relay;
}

export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** @param prefix of all keys, so that several Auroras can share one Redis */
export function redisQueueBackend(connection: Redis, prefix = 'aurora'): QueueBackend {
  const options = { connection, prefix };
  return {
    kind: 'redis',
    queue: (name) => new Queue(name, options),
    worker: (name, processor, settings) => new Worker(name, processor, { ...settings, ...options }),
    flowProducer: () => new FlowProducer(options),
    relay: (nodeName) => new Relay({ ...options, name: nodeName }),
  };
}

/**
 * BullMQ on Postgres. `pool` must have BullMQ's schema as its search path (see
 * {@link migrateQueue}) and more connections than there are workers, since each worker keeps one
 * to listen on.
 */
export function postgresQueueBackend(pool: pg.Pool): QueueBackend {
  // Each queue and worker listens for errors of the pool, and there are dozens of them.
  pool.setMaxListeners(0);
  // BullMQ's classes are generic over the backend; the rest of Aurora is not, and reads only what
  // both have in common. These casts are the price, paid here once.
  const connection = pool as never;
  const factory = createPostgresBackend as never;
  return {
    kind: 'postgres',
    queue: (name) => new Queue(name, { connection }, factory),
    worker: (name, processor, settings) =>
      new Worker(name, processor, { ...settings, connection }, factory),
    flowProducer: () => new FlowProducer({ connection }, factory),
    relay: (nodeName) =>
      new Relay({
        connection,
        name: nodeName,
        backend: createPostgresRelayBackend,
      }),
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
