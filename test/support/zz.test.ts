import { expect, test } from 'vitest';
import pg from 'pg';
import { createTestDatabase } from './database.ts';
import { describeEachBackend } from './backends.ts';
import { Redis } from 'ioredis';
test('db', async () => {
  const t0 = performance.now();
  const a = await createTestDatabase();
  const t1 = performance.now();
  const [b, c] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const t2 = performance.now();
  console.log('first', t1 - t0, 'two more', t2 - t1);
  const client = new pg.Client({ connectionString: a.url });
  client.on('error', () => undefined);
  await client.connect();
  console.log(
    (
      await client.query(
        "select table_schema||'.'||table_name n from information_schema.tables where table_schema not in ('pg_catalog','information_schema')",
      )
    ).rows.length,
  );
  await expect(a.drop()).rejects.toThrow(/Left open/);
  client.on('error', () => undefined);
  await client.end().catch(() => undefined);
  const t3 = performance.now();
  await b.drop();
  await c.drop();
  console.log('drop two', performance.now() - t3);
});
describeEachBackend('each', (backend) => {
  test('is ' + backend.kind, async () => {
    if (backend.kind === 'redis') {
      const r = new Redis({ path: backend.redisPath });
      expect(await r.ping()).toBe('PONG');
      r.disconnect();
    }
  });
});
