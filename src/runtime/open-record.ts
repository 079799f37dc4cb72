import type { Environment } from '../config/environment.ts';
import type { Logger } from '../domain/logger.ts';
import { openDatabase, type Database } from '../storage/database.ts';
import { openEmbeddedPostgres } from '../storage/embedded-postgres/open-embedded-postgres.ts';
import { assertMigrated, migrateDatabase } from '../storage/migrate.ts';
import type { Closer } from './closer.ts';
import { withDataFolder } from './data-folder.ts';

/**
 * Opens the record alone, which is all that looking needs: Postgres without queues or memory.
 *
 * @throws AuroraError database-unavailable, database-unmigrated, database-newer …
 */
export async function openRecord(
  env: Environment,
  log: Logger,
  closer: Closer,
): Promise<{ database: Database; embedded: boolean }> {
  const embedded = env.databaseUrl === undefined;
  const url = env.databaseUrl ?? (await startEmbedded(env, log, closer));
  const database = await openDatabase(url);
  closer.add(() => database.close());
  if (embedded) await migrateDatabase(database.pool);
  else await assertMigrated(database.pool);
  return { database, embedded };
}

/** Starts or joins the embedded Postgres of the data folder. @returns its address */
export async function startEmbedded(
  { dataDir }: Pick<Environment, 'dataDir'>,
  log: Logger,
  closer: Closer,
): Promise<string> {
  const postgres = await withDataFolder(dataDir, () =>
    openEmbeddedPostgres({ dataDir, log: (line) => log.debug({}, line) }),
  );
  closer.add(() => postgres.close());
  return postgres.url;
}
