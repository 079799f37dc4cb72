import type { Environment } from '../config/environment.ts';
import { migrateQueue } from '../queue/queue-backend.ts';
import { openDatabase } from '../storage/database.ts';
import { migrateDatabase } from '../storage/migrate.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Closer } from './closer.ts';
import { startEmbedded } from './open-record.ts';
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
  const url = env.databaseUrl ?? (await startEmbedded(env, log, closer));
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
