import { Redis } from 'ioredis';
import type { TestFleet } from '../support/fleet.ts';
import type { TestBackend } from '../support/backends.ts';
import { waitFor } from '../support/wait-for.ts';

/** Empties the queue's store of this fleet, as a Redis without persistence does when it restarts. */
export async function loseQueue(backend: TestBackend, { services }: TestFleet): Promise<void> {
  if (backend.kind === 'redis') {
    const redis = new Redis({ path: backend.redisPath });
    // Other tests share the server: only what is ours.
    const keys = await redis.keys(`${services.queues.requirements.opts.prefix}:*`);
    await redis.del(...keys);
    await redis.quit();
    return;
  }
  const { pool } = services.database;
  const { rows } = await pool.query<{ name: string }>(
    `select format('bullmq.%I', tablename) as name from pg_tables
      where schemaname = 'bullmq' and tablename not like '%migration%'`,
  );
  const tables = rows.map((row) => row.name).join(', ');
  // Workers hold locks of their own on the tables, in an order of their own.
  await waitFor(async () => {
    try {
      await pool.query(`truncate ${tables}`);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01') throw error;
      return false;
    }
  });
}
