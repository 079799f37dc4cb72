import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { openPool } from '../../src/storage/open-pool.ts';
import { waitFor } from '../support/wait-for.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();

test('a connection that breaks between two statements of a transaction fails that transaction alone', async () => {
  const { db } = record.database;
  const broken = db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
    await db.execute(sql`SELECT pg_terminate_backend(${rows[0]?.pid})`);
    await waitFor(async () => {
      const alive = sql`SELECT 1 FROM pg_stat_activity WHERE pid = ${rows[0]?.pid}`;
      return (await db.execute(alive)).rows.length === 0;
    });
    // Its last words arrive while nobody waits for an answer.
    await new Promise((resolve) => setImmediate(resolve));
    await tx.execute(sql`SELECT 1`);
  });
  await expect(broken).rejects.toThrow();
  expect((await db.execute(sql`SELECT 1 AS one`)).rows).toEqual([{ one: 1 }]);
});

test('connections that break before a transaction has begun leave their places in the pool', async () => {
  const pool = openPool({ connectionString: record.database.url, max: 1 });
  const db = drizzle(pool);
  const breakConnection = (client: pg.PoolClient) => {
    (client as unknown as { connection: pg.Connection }).connection.stream.destroy();
  };
  pool.on('acquire', breakConnection);
  await expect(db.transaction(async (tx) => tx.execute(sql`SELECT 1`))).rejects.toThrow();
  await expect(pool.query('SELECT 1')).rejects.toThrow();
  pool.off('acquire', breakConnection);
  expect((await db.execute(sql`SELECT 1 AS one`)).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test('rows are not locked for ever by a process that froze in the middle of a transaction', async () => {
  const pool = openPool({ connectionString: record.database.url });
  const { rows } = await pool.query<{ silence: string }>(
    `SELECT current_setting('idle_in_transaction_session_timeout') AS silence`,
  );
  expect(rows).toEqual([{ silence: '1min' }]);
  await pool.end();
});
