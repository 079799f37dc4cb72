import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { standForOffice, type Leadership, type Term } from '../../src/storage/leadership.ts';
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
  const terms: { name: string; term: Term }[] = [];
  const troubles: unknown[] = [];
  const open: Leadership[] = [];
  const stand = async (name: string) => {
    open.push(
      await standForOffice(
        database.url,
        'testing',
        (term) => terms.push({ name, term }),
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
  expect(terms[0]?.term.isOurs()).toBe(false);
  expect(terms[1]?.name).toBe('second');
  expect(terms[1]?.term.isOurs()).toBe(true);
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
  expect(terms[1]?.term.isOurs()).toBe(false);
  expect(terms[2]?.name).toBe('third');
  await open[2]?.close();
  await waitFor(() => terms.length === 4);
  expect(terms[3]?.name).toBe('first');
  await open[0]?.close();
});

test('a leader that is frozen for too long is succeeded, and does nothing as a leader when it wakes', async () => {
  await pool.query('CREATE TABLE deeds (decided_at timestamptz)');
  const program = fileURLToPath(new URL('eager-leader.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, database.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    child.stdout.setEncoding('utf8');
    const says = async (): Promise<string> => String((await once(child.stdout, 'data'))[0]).trim();
    expect(await says()).toBe('leading');
    await waitFor(async () => (await pool.query('SELECT 1 FROM deeds')).rows.length > 2);
    const terms: Term[] = [];
    const next = await standForOffice(
      database.url,
      'frozen',
      (term) => terms.push(term),
      async () => undefined,
      () => undefined,
    );
    expect(terms).toEqual([]);
    child.kill('SIGSTOP');
    await waitFor(() => terms.length === 1);
    const succeeded = new Date();
    const lost = says();
    child.kill('SIGCONT');
    expect(await lost).toBe('no more');
    expect(terms[0]?.isOurs()).toBe(true);
    const late = await pool.query('SELECT 1 FROM deeds WHERE decided_at > $1', [succeeded]);
    expect(late.rows).toEqual([]);
    await next.close();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('a leader whose process stood still knows before it has heard of it', async () => {
  const terms: Term[] = [];
  const office = await standForOffice(
    database.url,
    'standstill',
    (term) => terms.push(term),
    async () => undefined,
    () => undefined,
    500,
  );
  expect(terms[0]?.isOurs()).toBe(true);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  expect(terms[0]?.isOurs()).toBe(false);
  await office.close();
});
