import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { urlOfDatabase, withAdmin } from './database-admin.ts';
import { templateDatabase } from './template-database.ts';
import { waitFor } from './wait-for.ts';

/** A migrated database of its own, for one test file or one test. */
export interface TestDatabase {
  readonly url: string;
  /**
   * Removes the database. Call it last, when every pool is closed.
   *
   * @throws Error naming the connections that somebody left open.
   */
  drop(): Promise<void>;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const template = await templateDatabase();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdmin((admin) => admin.query(`create database ${name} template ${template}`));
  return { url: urlOfDatabase(name), drop: () => withAdmin((admin) => dropDatabase(admin, name)) };
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  let open: string[] = [];
  const allClosed = async (): Promise<boolean> => {
    open = await connectionsTo(admin, name);
    return open.length === 0;
  };
  try {
    // The server notices a closed connection a moment after the client closed it.
    await waitFor(allClosed, { timeoutMs: 3_000, what: 'closed connections' });
  } catch (cause) {
    throw new Error(`Left open when its database was dropped:\n${open.join('\n')}`, { cause });
  } finally {
    await admin.query(`drop database ${name} with (force)`);
  }
}

async function connectionsTo(admin: pg.Client, name: string): Promise<string[]> {
  const { rows } = await admin.query<{ line: string }>(
    `select format('%s %s: %s', application_name, state, left(query, 200)) as line
     from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
    [name],
  );
  return rows.map((row) => row.line);
}
