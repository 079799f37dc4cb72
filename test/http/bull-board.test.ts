import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  migrateQueue,
  postgresQueueBackend,
  redisQueueBackend,
  type QueueBackend,
  type ShardBackend,
} from '../../src/queue/queue-backend.ts';
import { describeEachBackend } from '../support/backends.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testRedisPrefix } from '../support/redis.ts';
import { openHttp, type HttpHarness } from './http-harness.ts';

describeEachBackend('Bull Board', (where) => {
  let http: HttpHarness;
  let queue: ReturnType<ShardBackend['queue']>;
  let other: typeof queue;
  let database: TestDatabase;
  let closeBackend: () => Promise<unknown>;
  const name = `agent-${randomBytes(3).toString('hex')}`;

  beforeAll(async () => {
    let backend: QueueBackend;
    database = await createTestDatabase();
    if (where.kind === 'redis') {
      const redis = new Redis({ path: where.redisPath, maxRetriesPerRequest: null });
      closeBackend = () => redis.quit();
      backend = redisQueueBackend(redis, { prefix: testRedisPrefix() });
    } else {
      const pool = new pg.Pool({
        connectionString: database.url,
        options: '-c search_path=bullmq',
        max: 10,
      });
      closeBackend = () => pool.end();
      await migrateQueue(pool);
      backend = postgresQueueBackend(pool);
    }
    queue = backend.shard(0).queue(name);
    other = backend.shard(1).queue(name);
    await queue.add('task', { title: 'A job' }, { jobId: 'job_1' });
    http = await openHttp([
      { queue, shard: 0 },
      { queue: other, shard: 1 },
    ]);
  });
  afterAll(async () => {
    await http.close();
    await queue.close();
    await other.close();
    await closeBackend();
    await database.drop();
  });

  it('serves its page and what the page needs', async () => {
    const page = await http.app.inject({ url: '/queues/' });
    expect(page.statusCode).toBe(200);
    const asset = /src="(static\/js\/main[^"]+)"/.exec(page.body)?.[1];
    expect(page.body).toContain('<base href="/queues/"');
    expect((await http.app.inject({ url: `/queues/${asset}` })).statusCode).toBe(200);
  });

  it('shows the queue and its jobs', async () => {
    const answer = await http.app.inject({ url: `/queues/api/queues?activeQueue=${name}` });
    expect(answer.statusCode).toBe(200);
    const [shown, ofOtherShard] = answer.json().queues;
    expect(ofOtherShard).toMatchObject({ name: `shard-1 ${name}` });
    expect(shown).toMatchObject({ name, counts: { waiting: 1 } });
    expect(shown.jobs[0]).toMatchObject({ id: 'job_1' });
  });

  it('pauses the queue', async () => {
    const answer = await http.app.inject({
      method: 'PUT',
      url: `/queues/api/queues/${name}/pause`,
    });
    expect(answer.statusCode).toBe(200);
    expect(await queue.isPaused()).toBe(true);
  });
});
