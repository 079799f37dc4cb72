import pg from 'pg';
import { openFleetQueues, type FleetQueues } from '../../src/queue/fleet-queues.ts';
import {
  migrateQueue,
  postgresQueueBackend,
  redisQueueBackend,
} from '../../src/queue/queue-backend.ts';
import { openRedis } from '../../src/storage/redis.ts';
import type { TestBackend } from './backends.ts';
import { createTestDatabase } from './database.ts';
import { testRedisPrefix } from './redis.ts';

/** Queues of their own on the given backend, for one test file. */
export async function openTestQueues(
  backend: TestBackend,
): Promise<{ queues: FleetQueues; close(): Promise<void> }> {
  const fail = (error: Error) => {
    throw error;
  };
  if (backend.kind === 'redis') {
    const redis = await openRedis(`unix:${backend.redisPath}`, fail);
    const queues = await openFleetQueues(
      redisQueueBackend(redis, { prefix: testRedisPrefix() }),
      'test',
      fail,
    );
    return {
      queues,
      async close() {
        await queues.close();
        await redis.quit();
      },
    };
  }
  const database = await createTestDatabase();
  const pool = new pg.Pool({
    connectionString: database.url,
    max: 30,
    options: '-c search_path=bullmq',
  });
  await migrateQueue(pool);
  const queues = await openFleetQueues(postgresQueueBackend(pool), 'test', fail);
  return {
    queues,
    async close() {
      await queues.close();
      await pool.end();
      await database.drop();
    },
  };
}
