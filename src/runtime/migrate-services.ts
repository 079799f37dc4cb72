import { mkdir } from 'node:fs/promises';
import type { Environment } from '../config/environment.ts';
import { migrateQueue } from '../queue/queue-backend.ts';
import { openDatabase } from '../storage/database.ts';
import { openEmbeddedPostgres } from '../storage/embedded-postgres/open-embedded-postgres.ts';
import { migrateDatabase } from '../storage/migrate.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Closer } from './closer.ts';
import { queuePool } from './queue-pool.ts';

/**
 * Migrates the record, and BullMQ's own tables when the queue lives in Postgres.
 *
 * @returns how many migrations of ours were applied
 * @throws AuroraError database-unavailable, database-foreign, database-newer
 */
export async function migrateServices(
  env: Environment,
  log: Logger,
  closer: Closer,
): Promise<number> {
  let url = env.databaseUrl;
  if (url === undefined) {
    await mkdir(env.dataDir, { recursive: true });
    const postgres = await openEmbeddedPostgres({
      dataDir: env.dataDir,
      log: (line) => log.debug({}, line),
    });
    closer.add(() => postgres.close());
    url = postgres.url;
  }
  const database = await openDatabase(url, 2);
  closer.add(() => database.close());
  const applied = await migrateDatabase(database.pool);
  if (env.redisUrl === undefined) {
    const pool = queuePool(url, 2);
    closer.add(() => pool.end());
    await migrateQueue(pool);
  }
  return applied;
}
