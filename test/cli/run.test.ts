import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { migrateQueue } from '../../src/queue/queue-backend.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { aurora, startAurora } from './aurora-process.ts';
import { makeFleetFolder, type Effects } from './effects.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let cwd: string;
let database: TestDatabase;
let pool: pg.Pool;
let effects: Effects;
let env: Record<string, string>;

beforeAll(async () => {
  cwd = await tempDir();
  effects = makeFleetFolder(cwd, ['backend']);
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await migrateQueue(pool);
  mkdirSync(path.join(cwd, 'tmp'));
  env = {
    DATABASE_URL: database.url,
    AURORA_DATA_DIR: path.join(cwd, 'data'),
    AURORA_SHUTDOWN_GRACE: '200ms',
    TMPDIR: path.join(cwd, 'tmp'),
  };
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function repository(name: string): string {
  return makeRepository(path.join(cwd, name), { 'README.md': 'Here.\n' });
}

function plan(name: string, tasks: object[]): string {
  const file = path.join(cwd, `${name}.json`);
  const all = tasks.map((task) => ({ role: 'backend', maxAttempts: 1, ...task }));
  writeFileSync(file, JSON.stringify({ version: 1, title: name, tasks: all }));
  return file;
}

async function countRuns(): Promise<number> {
  const { rows } = await pool.query<{ count: string }>('select count(*) from aurora.runs');
  return Number(rows[0]?.count);
}

/** Nothing of a run's work is left on this machine. */
async function expectClean(): Promise<void> {
  expect(await effects.living()).toEqual([]);
  const worktrees = path.join(cwd, 'data', 'worktrees');
  expect(existsSync(worktrees) ? readdirSync(worktrees) : []).toEqual([]);
  expect(readdirSync(path.join(cwd, 'tmp')).filter((each) => each.startsWith('aurora-'))).toEqual(
    [],
  );
}

test('what is refused leaves no run and no branch', async () => {
  const before = await countRuns();
  const origin = repository('refused');
  const cyclic = plan('cyclic', [
    { id: 'a', title: 'A', dependsOn: ['b'] },
    { id: 'b', title: 'B', dependsOn: ['a'] },
  ]);
  const [plain, cycle] = await Promise.all([
    aurora(['run', 'Users can log in', '--repo', path.join(cwd, 'tmp')], {
      cwd,
      env: { ...env, GIT_CEILING_DIRECTORIES: '/' },
    }),
    aurora(['run', '--plan', cyclic, '--repo', origin, '--json'], { cwd, env }),
  ]);
  expect(plain).toMatchObject({ code: 2, stdout: '' });
  expect(cycle).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(cycle.stdout)).toMatchObject({ error: { code: 'plan-invalid' } });
  expect(await countRuns()).toBe(before);
  expect(git(origin, 'branch', '--list', 'aurora/*')).toBe('');
});

test('without a fleet a run is recorded and waits; following it carries it out', async () => {
  const origin = repository('waits');
  writeFileSync(path.join(origin, 'README.md'), 'Changed.\n');
  const file = plan('waits', [
    { id: 'w-one', title: 'One' },
    { id: 'w-two', title: 'Two', dependsOn: ['w-one'] },
  ]);
  const args = ['run', '--plan', file, '--repo', origin, '--key', 'waits', '--json'];
  const submitted = await aurora(args, { cwd, env });
  expect(submitted.code).toBe(0);
  expect(submitted.stderr).toContain('uncommitted changes');
  expect(submitted.stderr).toContain('No fleet is running');
  const { id } = JSON.parse(submitted.stdout) as { id: string };
  const followed = await aurora([...args, '--follow'], { cwd, env });
  expect(followed.code).toBe(0);
  // The same key is the same run. One object on stdout, plain lines without colours on stderr.
  expect(JSON.parse(followed.stdout)).toMatchObject({ runId: id, state: 'done' });
  expect(followed.stderr).toMatch(/^\d\d:\d\d:\d\d w-two: done\./m);
  expect(followed.stderr).not.toMatch(/\u001b|"level"/);
  expect(git(origin, 'ls-tree', '--name-only', `aurora/${id}`)).toContain('w-two.txt');
  expect([effects.ended('w-one'), effects.ended('w-two')]).toEqual([1, 1]);
  await expectClean();
});

test('a run that needs a human exits 1, with the reason and what to do', async () => {
  const file = plan('blocked', [
    { id: 'b-bad', title: 'Bad', input: { exit: 78 } },
    { id: 'b-good', title: 'Good' },
  ]);
  const ended = await aurora(['run', '--plan', file, '--repo', repository('blocked'), '--follow'], {
    cwd,
    env,
  });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/blocked: run_\w+: blocked|blocked run_\w+: blocked/);
  expect(ended.stdout).toMatch(/✖ b-bad \(backend, failed\)\n\s+\S+/);
  expect(ended.stdout).toMatch(/✔ b-good/);
  expect(ended.stdout).toContain('aurora escalations list');
  await expectClean();
});

test('Ctrl-C while following hands the task back and ends its agent', async () => {
  const file = plan('stopped', [{ id: 's-long', title: 'Long', input: { sleep: 60_000 } }]);
  const origin = repository('stopped');
  const follower = startAurora(['run', '--plan', file, '--repo', origin, '--follow'], { cwd, env });
  await follower.prints(/s-long: attempt 1/);
  await waitFor(() => effects.begun('s-long').length === 1);
  follower.kill('SIGINT');
  const ended = await follower.ended;
  expect(ended).toMatchObject({ code: 130, stdout: '' });
  expect(ended.stderr).toMatch(/`aurora up` goes on with it/);
  const { rows } = await pool.query(
    `select state, attempts_used from (select t.state, (select count(*)::int from aurora.attempts a
       where a.run_id = t.run_id and a.task_id = t.id and a.state = 'failed') as attempts_used
     from aurora.tasks t where t.id = 's-long') as it`,
  );
  expect(rows).toEqual([{ state: 'waiting', attempts_used: 0 }]);
  await expectClean();
});

test('questions about what is not there exit 2; an early end of the reader is no error', async () => {
  const [status, logs, early] = await Promise.all([
    aurora(['status', 'run_nowhere', '--json'], { cwd, env }),
    aurora(['logs', 'run_nowhere/task'], { cwd, env }),
    aurora(['status'], { cwd, env, reader: 'gone' }),
  ]);
  expect(status).toMatchObject({ code: 2, stderr: '' });
  expect(JSON.parse(status.stdout)).toMatchObject({ error: { code: 'run-not-found' } });
  expect(logs).toMatchObject({ code: 2, stdout: '' });
  expect(early).toMatchObject({ code: 0, stderr: '' });
});
