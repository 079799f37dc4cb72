import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrateDatabase } from '../../src/storage/migrate.ts';
import { urlOfDatabase, withAdmin } from './database-admin.ts';

const template = 'aurora_test_template';
const journal = fileURLToPath(new URL('../../migrations/meta/_journal.json', import.meta.url));

/** Any constant; it is taken in one database, where advisory locks are kept apart from others. */
const advisoryLock = 7_105_117;

/**
 * Name of the migrated database that test databases are copies of. The first caller of a run makes
 * it, the others wait; it is marked as a template only when complete.
 */
export async function templateDatabase(): Promise<string> {
  await withAdmin(async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [advisoryLock]);
    const { rowCount } = await admin.query(
      'select 1 from pg_database where datname = $1 and datistemplate',
      [template],
    );
    if (rowCount !== 0) return;
    await admin.query(`drop database if exists ${template} with (force)`);
    await admin.query(`create database ${template}`);
    await migrateTemplate(urlOfDatabase(template));
    await admin.query(`alter database ${template} is_template true`);
    // The lock ends with the connection.
  });
  return template;
}

/** What every test database begins with. */
async function migrateTemplate(url: string): Promise<void> {
  // Until the first migration has been generated, tests begin with an empty database.
  if (!existsSync(journal)) return;
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  try {
    await migrateDatabase(pool);
  } finally {
    await pool.end();
  }
}
