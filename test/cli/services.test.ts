import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { urlOfDatabase, withAdmin } from '../support/database-admin.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { tempDir } from '../support/temp-dir.ts';
import { aurora } from './aurora-process.ts';
import { makeFleetFolder } from './effects.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let cwd: string;
let database: TestDatabase;
const bare = `test_bare_${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  cwd = await tempDir();
  makeFleetFolder(cwd, ['backend']);
  database = await createTestDatabase();
  await withAdmin((admin) => admin.query(`create database ${bare}`));
});
afterAll(async () => {
  await database.drop();
  await withAdmin((admin) => admin.query(`drop database ${bare} with (force)`));
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a database without our tables is refused until it is migrated, twice if you like', async () => {
  const env = { DATABASE_URL: urlOfDatabase(bare) };
  const before = await aurora(['status'], { cwd, env });
  expect(before.code).toBe(2);
  expect(before.stderr).toMatch(/database-unmigrated: .*aurora migrate/);
  // Two release phases at once.
  const both = await Promise.all([1, 2].map(() => aurora(['migrate', '--json'], { cwd, env })));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const applied = both.map(({ stdout }) => (JSON.parse(stdout) as { applied: number }).applied);
  expect(Math.min(...applied)).toBe(0);
  expect(Math.max(...applied)).toBeGreaterThan(0);
  // BullMQ's tables are there too, since the queue is in Postgres.
  const file = path.join(await tempDir(), 'aurora.config.json');
  const config = {
    agents: { a: { role: 'backend', executor: { type: 'command', command: ['true'] } } },
    escalations: { webhook: 'https://chat.example/hook' },
  };
  writeFileSync(file, JSON.stringify(config));
  const check = { ...env, AURORA_CONFIG: file };
  const open = await aurora(['check', '--json'], { cwd, env: check });
  expect(JSON.parse(open.stdout)).toMatchObject({ ok: true });
  expect(open.stdout).toContain('AURORA_WEBHOOK_SECRET');
  const secret = { ...check, AURORA_WEBHOOK_SECRET: 'a-secret-of-the-webhook' };
  const signed = await aurora(['check', '--json'], { cwd, env: secret });
  expect(signed.stdout).not.toContain('WEBHOOK_SECRET');
});

test('a database that is not ours, or newer than we are, is left alone', async () => {
  const { url } = database;
  const newer = `insert into aurora.migrations (hash, created_at) values ('of-tomorrow', 1)`;
  await query(url, newer);
  const env = { DATABASE_URL: url };
  const refused = await aurora(['status', '--json'], { cwd, env });
  expect(refused).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'database-newer' } });
  await query(url, `delete from aurora.migrations where hash = 'of-tomorrow'`);
  await query(url, `alter schema aurora rename to aurora_kept`);
  await query(url, `create schema aurora`);
  await query(url, `create table aurora.planets (name text)`);
  const foreign = await aurora(['migrate'], { cwd, env });
  expect(foreign).toMatchObject({ code: 2, stdout: '' });
  expect(foreign.stderr).toContain('database-foreign');
  const tables = `select table_name from information_schema.tables where table_schema = 'aurora'`;
  expect(await query(url, tables)).toEqual([{ table_name: 'planets' }]);
});

test('what cannot be reached exits 3 and names it, without its password', async () => {
  const noPostgres = { DATABASE_URL: 'postgres://aurora:hunter2secret@127.0.0.1:1/aurora' };
  const [postgres, redis, check] = await Promise.all([
    aurora(['status'], { cwd, env: noPostgres }),
    aurora(['memory', 'search', 'x', '--json'], {
      cwd,
      env: { DATABASE_URL: urlOfDatabase(bare), REDIS_URL: 'redis://127.0.0.1:1' },
    }),
    aurora(['check', '--json'], { cwd, env: noPostgres }),
  ]);
  expect(postgres).toMatchObject({ code: 3, stdout: '' });
  expect(postgres.stderr).toMatch(/127\.0\.0\.1:1.*ECONNREFUSED/);
  expect(postgres.stderr).not.toContain('hunter2secret');
  expect(redis.code).toBe(3);
  expect(JSON.parse(redis.stdout)).toMatchObject({
    error: {
      code: 'queue-unavailable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    },
  });
  expect(check.code).toBe(3);
  expect(JSON.parse(check.stdout)).toMatchObject({ ok: false });
});

test('a data folder that cannot be made is named', async () => {
  const file = path.join(cwd, 'in-the-way');
  writeFileSync(file, '');
  const ended = await aurora(['status'], { cwd, env: { AURORA_DATA_DIR: path.join(file, 'x') } });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toMatch(/data-folder-unusable/);
  expect(ended.stderr).toContain(file);
});

test('a port in use exits 3 and leaves nothing running', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as { port: number };
  const dataDir = path.join(cwd, 'data');
  const env = {
    DATABASE_URL: urlOfDatabase(bare),
    PORT: String(port),
    AURORA_DATA_DIR: dataDir,
  };
  const ended = await aurora(['up'], { cwd, env });
  blocker.close();
  expect(ended).toMatchObject({ code: 3, stdout: '' });
  expect(ended.stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
  const live = `select 1 from pg_stat_activity where datname = '${bare}'
    and backend_type = 'client backend' and pid <> pg_backend_pid()`;
  expect(await query(urlOfDatabase(bare), live)).toEqual([]);
  // The lock was given back: the next `up` may have the folder.
  const again = await aurora(['up'], {
    cwd,
    env: { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/x' },
  });
  expect(again.stderr).toContain('database-unavailable');
});
