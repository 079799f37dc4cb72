import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { standForOffice, type Leadership } from '../../src/storage/leadership.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('one leads at a time, and the next in line does when its session ends, however it ends', async () => {
  const terms: { name: string; signal: AbortSignal }[] = [];
  const troubles: unknown[] = [];
  const open: Leadership[] = [];
  const stand = async (name: string) => {
    open.push(
      await standForOffice(
        database.url,
        'testing',
        (signal) => terms.push({ name, signal }),
        async () => undefined,
        (error) => troubles.push(error),
      ),
    );
  };
  await stand('first');
  expect(terms.map((term) => term.name)).toEqual(['first']);
  await stand('second');
  await stand('third');
  expect(terms.map((term) => term.name)).toEqual(['first']);

  // As when its machine is cut off: Postgres ends the session.
  const holder = `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
    JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE a.application_name = 'aurora-testing' AND l.locktype = 'advisory' AND l.granted
     AND a.datname = current_database()`;
  await pool.query(holder);
  await waitFor(() => terms.length === 2);
  expect(terms[0]?.signal.aborted).toBe(true);
  expect(terms[1]).toMatchObject({ name: 'second', signal: { aborted: false } });
  expect(troubles).not.toEqual([]);

  // Stopped in good order; the first one is in line again, behind the third.
  await waitFor(async () => {
    const { rows } = await pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'aurora-testing'
          AND wait_event = 'advisory' AND datname = current_database()`,
    );
    return rows.length === 2;
  });
  await open[1]?.close();
  await waitFor(() => terms.length === 3);
  expect(terms[1]?.signal.aborted).toBe(true);
  expect(terms[2]?.name).toBe('third');
  await open[2]?.close();
  await waitFor(() => terms.length === 4);
  expect(terms[3]?.name).toBe('first');
  await open[0]?.close();
});
