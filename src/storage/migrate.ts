import { readMigrationFiles } from 'drizzle-orm/migrator';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { AuroraError } from '../domain/errors.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const migrationsTable = {
  migrationsFolder,
  migrationsSchema: 'aurora',
  migrationsTable: 'migrations',
};
/** Any constant will do, as long as every Aurora uses the same: 'aurora' in ASCII. */
const advisoryLock = 0x6175726f7261;

/**
 * Brings the schema up to date; several processes may call it at once (an advisory lock lets one
 * work and the others wait), and doing it again changes nothing.
 *
 * @returns how many migrations were applied
 * @throws AuroraError database-foreign, database-newer
 */
export async function migrateDatabase(pool: pg.Pool): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    try {
      const before = await appliedMigrations(client);
      assertOurs(before);
      if (before.kind === 'ours' && before.applied.length === knownMigrations().length) return 0;
      await migrate(drizzle(client), migrationsTable);
      const after = await appliedMigrations(client);
      return (
        (after.kind === 'ours' ? after.applied.length : 0) -
        (before.kind === 'ours' ? before.applied.length : 0)
      );
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [advisoryLock]);
    }
  } finally {
    client.release();
  }
}

/**
 * Makes sure that this Aurora and the database fit each other, without changing anything.
 *
 * @throws AuroraError database-foreign, database-newer, database-unmigrated
 */
export async function assertMigrated(pool: pg.Pool): Promise<void> {
  const state = await appliedMigrations(pool);
  assertOurs(state);
  const missing = knownMigrations().length - (state.kind === 'ours' ? state.applied.length : 0);
  if (missing > 0) {
    throw new AuroraError(
      'database-unmigrated',
      `The database lacks ${missing} migration(s): run \`aurora migrate\`.`,
    );
  }
}

type SchemaState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly applied: readonly string[] };

function knownMigrations(): readonly string[] {
  return readMigrationFiles(migrationsTable).map((migration) => migration.hash);
}

async function appliedMigrations(client: Pick<pg.Pool, 'query'>): Promise<SchemaState> {
  const { rows } = await client.query<{ has_schema: boolean; has_table: boolean; objects: string }>(
    `SELECT to_regnamespace('aurora') IS NOT NULL AS has_schema,
            to_regclass('aurora.migrations') IS NOT NULL AS has_table,
            (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('aurora')) AS objects`,
  );
  const found = rows[0];
  if (!found?.has_schema || (!found.has_table && Number(found.objects) === 0)) {
    return { kind: 'empty' };
  }
  if (!found.has_table) return { kind: 'foreign' };
  const applied = await client.query<{ hash: string }>(
    'SELECT hash FROM aurora.migrations ORDER BY id',
  );
  return { kind: 'ours', applied: applied.rows.map((row) => row.hash) };
}

function assertOurs(state: SchemaState): void {
  if (state.kind === 'empty') return;
  if (state.kind === 'foreign') {
    throw new AuroraError(
      'database-foreign',
      'The database has a schema "aurora" that Aurora did not make: point DATABASE_URL at another database.',
    );
  }
  const known = knownMigrations();
  if (state.applied.length > known.length) {
    throw new AuroraError(
      'database-newer',
      `The database has ${state.applied.length} migrations, this Aurora knows ${known.length}: upgrade this Aurora.`,
    );
  }
  if (state.applied.some((hash, index) => hash !== known[index])) {
    throw new AuroraError(
      'database-foreign',
      "The database's migrations are not those of this Aurora: point DATABASE_URL at another database.",
    );
  }
}
