import pg from 'pg';
import { databaseName } from './cluster.ts';

/** Address of a database on an embedded server. */
export function serverUrl(port: number, password: string, database = databaseName): string {
  return `postgres://${databaseName}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Connects once, which shows that the server works, and makes Aurora's database if a crash (or the
 * first start) left the server without it.
 */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  try {
    await withClient(serverUrl(port, password), (client) => client.query('select 1'));
  } catch (error) {
    // invalid_catalog_name: no such database
    if ((error as { code?: unknown }).code !== '3D000') throw error;
    await withClient(serverUrl(port, password, 'postgres'), (client) =>
      client.query(`create database ${databaseName}`),
    );
  }
}

async function withClient(
  url: string,
  use: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
  });
  // A connection that breaks while idle says so by an event; the query that fails says it to us.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end();
  }
}
