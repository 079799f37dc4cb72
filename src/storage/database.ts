import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { openPool } from './open-pool.ts';
import * as schema from './schema/index.ts';

export type Db = NodePgDatabase<typeof schema>;
/** A transaction, or the database itself where a statement may stand alone. */
export type DbOrTx = Db | Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Database {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Opens a pool on Aurora's schema and checks that the server answers.
 *
 * @throws AuroraError database-unavailable
 */
export async function openDatabase(url: string, poolSize = 10): Promise<Database> {
  try {
    // By itself: a pool's time-out would also end waiting for a free connection under load.
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    await client.connect();
    await client.end();
  } catch (error) {
    throw new AuroraError(
      'database-unavailable',
      `Postgres at ${withoutPassword(url)} cannot be reached: ${errorMessage(error) || 'connection refused'}`,
      { cause: error },
    );
  }
  const pool = openPool({ connectionString: url, max: poolSize, application_name: 'aurora' });
  return {
    db: drizzle(pool, { schema, casing: 'snake_case' }),
    pool,
    url,
    close: () => pool.end(),
  };
}

/** The URL as it may be shown. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
}
