import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { AuroraError } from '../../src/domain/errors.ts';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/storage/embedded-postgres/open-embedded-postgres.ts';
import { commandLine, processMark } from '../../src/storage/local-server/process-mark.ts';
import { withTicketLock } from '../../src/storage/local-server/ticket-lock.ts';
import { holdServer } from '../support/hold-server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const isRoot = process.getuid?.() === 0;
const hold = (dir: string) => holdServer<EmbeddedPostgres>('postgres', dir);

/** Opens and, whatever happens to the test, closes. */
async function open(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await openEmbeddedPostgres({ dataDir });
  onTestFinished(() => server.close());
  return server;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function leaveData(url: string): Promise<void> {
  await query(url, 'create table kept as select 42 as answer');
}

async function expectData(url: string): Promise<void> {
  expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }]);
}

async function isRunning(pid: number): Promise<boolean> {
  return (await processMark(pid)) !== undefined;
}

async function killAndWait(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await waitFor(async () => !(await isRunning(pid)), { what: `end of ${pid}` });
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof AuroraError ? error.code : String(error)),
  );
}

let dir: string;
beforeEach(async () => {
  dir = await tempDir();
  await chmod(dir, 0o755);
});

describe('one process', () => {
  test('starts a Postgres 18 that is durable and asks for the password', async () => {
    const server = await open(dir);
    expect(server.owned).toBe(true);
    expect(await commandLine(server.pid)).toContain(dir);
    const [settings] = await query(
      server.url,
      `select current_database() as name, current_setting('server_version_num')::int / 10000 as major,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as sync,
              current_setting('max_connections') as connections`,
    );
    expect(settings).toEqual({
      name: 'aurora',
      major: 18,
      fsync: 'on',
      sync: 'on',
      connections: '300',
    });
    const wrong = new URL(server.url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('shows neither password nor data to other users', async () => {
    await open(dir);
    const cluster = join(dir, 'postgres', 'cluster');
    expect((await stat(join(cluster, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(cluster, 'data'))).mode & 0o777).toBe(0o700);
  });

  test('stops the server when it is closed, and finds its data again', async () => {
    const first = await open(dir);
    await leaveData(first.url);
    await first.close();
    await first.close();
    expect(await isRunning(first.pid)).toBe(false);
    const second = await open(dir);
    expect(second).toMatchObject({ owned: true });
    await expectData(second.url);
  });

  test('runs one server for two uses in one process', async () => {
    const [first, second] = await Promise.all([open(dir), open(dir)]);
    expect(second.pid).toBe(first.pid);
    expect([first.owned, second.owned].sort()).toEqual([false, true]);
    await first.close();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.close();
    expect(await isRunning(first.pid)).toBe(false);
  });
});

describe('several processes', () => {
  test('share one server, and the last one out stops it', async () => {
    const other = hold(dir);
    const theirs = await other.opened;
    const ours = await open(dir);
    expect(ours).toMatchObject({ owned: false, pid: theirs.pid, url: theirs.url });
    await other.close();
    expect(await query(ours.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await ours.close();
    expect(await isRunning(ours.pid)).toBe(false);
  });

  test('that come at once make one cluster and start one server', async () => {
    const holders = [hold(dir), hold(dir), hold(dir)];
    const servers = await Promise.all(holders.map((holder) => holder.opened));
    expect(new Set(servers.map((server) => server.url)).size).toBe(1);
    expect(new Set(servers.map((server) => server.pid)).size).toBe(1);
    expect(servers.filter((server) => server.owned)).toHaveLength(1);
    await Promise.all(holders.map((holder) => holder.close()));
    expect(await isRunning(servers[0]?.pid ?? 0)).toBe(false);
    expect(await readdir(join(dir, 'postgres', 'leases'))).toEqual([]);
    expect(await readdir(join(dir, 'postgres', 'tickets'))).toEqual([]);
  });
});

describe('after kill -9', () => {
  test('of every client, the orphaned server is joined and later stopped', async () => {
    const killed = hold(dir);
    const orphan = await killed.opened;
    await leaveData(orphan.url);
    await killed.kill();
    const server = await open(dir);
    expect(server).toMatchObject({ owned: false, pid: orphan.pid });
    await expectData(server.url);
    await server.close();
    expect(await isRunning(orphan.pid)).toBe(false);
  });

  test('of clients and server, it starts afresh at the same address', async () => {
    const killed = hold(dir);
    const dead = await killed.opened;
    await leaveData(dead.url);
    await killed.kill();
    await killAndWait(dead.pid);
    const server = await open(dir);
    expect(server).toMatchObject({ owned: true, url: dead.url });
    await expectData(server.url);
  });

  test('a stranger who got the dead server’s pid is neither obeyed nor harmed', async () => {
    const killed = hold(dir);
    const dead = await killed.opened;
    await leaveData(dead.url);
    await killed.kill();
    await killAndWait(dead.pid);
    const data = join(dir, 'postgres', 'cluster', 'data');
    const { uid, gid } = await stat(data);
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...(isRoot ? { uid, gid } : {}) });
    onTestFinished(() => void stranger.kill());
    const pidFile = join(data, 'postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    await writeFile(pidFile, text.replace(/^\d+/, String(stranger.pid)));
    const server = await open(dir);
    expect(server.owned).toBe(true);
    await expectData(server.url);
    await server.close();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  test('in the middle of initdb, the next open makes the cluster', async () => {
    const killed = hold(dir);
    const drafts = async (): Promise<string[]> =>
      (await readdir(join(dir, 'postgres')).catch(() => [])).filter((name) =>
        name.startsWith('cluster-draft-'),
      );
    await waitFor(async () => (await drafts()).length > 0, { what: 'a draft of the cluster' });
    await killed.kill();
    expect(await readdir(join(dir, 'postgres'))).not.toContain('cluster');
    const server = await open(dir);
    expect(server.owned).toBe(true);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await drafts()).toEqual([]);
  });

  test('tickets and leases of the dead do not count, even if their pid lives again', async () => {
    const dead = hold(dir);
    const { pid } = await dead.opened;
    await dead.kill();
    const home = join(dir, 'postgres');
    const reused = `${process.pid}-000000000000-aaaaaaaaaaaa`;
    await writeFile(join(home, 'tickets', reused), '');
    await writeFile(join(home, 'leases', reused), '');
    const server = await open(dir);
    expect(server).toMatchObject({ owned: false, pid });
    await server.close();
    expect(await isRunning(pid)).toBe(false);
  });
});

describe('folders', () => {
  test('that are private and deeper than a socket path may be are fine', async () => {
    await chmod(dir, 0o700);
    const deep = join(dir, 'x'.repeat(80), 'y'.repeat(80));
    const first = await open(deep);
    const note = await readFile(join(deep, 'postgres', 'place'), 'utf8').catch(() => undefined);
    // Only root has to run Postgres as somebody else, who cannot enter.
    expect(note !== undefined).toBe(isRoot);
    if (note !== undefined) onTestFinished(() => rm(note.trim(), { recursive: true, force: true }));
    await leaveData(first.url);
    await first.close();
    const second = await open(deep);
    await expectData(second.url);
    await second.close();
  });

  test('that are a file, or belong to another version, are refused in words', async () => {
    await writeFile(join(dir, 'file'), '');
    expect(await codeOf(openEmbeddedPostgres({ dataDir: join(dir, 'file') }))).toBe(
      'data-folder-unusable',
    );
    await (await open(dir)).close();
    await writeFile(join(dir, 'postgres', 'cluster', 'data', 'PG_VERSION'), '17\n');
    await expect(openEmbeddedPostgres({ dataDir: dir })).rejects.toMatchObject({
      code: 'embedded-postgres-version',
      message: expect.stringMatching(/Postgres 17.*Postgres 18/s) as string,
    });
    expect(await readdir(join(dir, 'postgres', 'leases'))).toEqual([]);
  });

  test.skipIf(isRoot)('that may not be written are refused in words', async () => {
    await mkdir(join(dir, 'shut'), { mode: 0o500 });
    expect(await codeOf(openEmbeddedPostgres({ dataDir: join(dir, 'shut') }))).toBe(
      'data-folder-unusable',
    );
  });

  test('with a configuration that Postgres refuses show its last words', async () => {
    await (await open(dir)).close();
    const config = join(dir, 'postgres', 'cluster', 'data', 'postgresql.conf');
    await writeFile(config, 'no_such_setting = 1\n');
    await expect(openEmbeddedPostgres({ dataDir: dir })).rejects.toMatchObject({
      code: 'embedded-postgres-failed',
      message: expect.stringContaining('no_such_setting') as string,
    });
  });
});

test('the lock lets one in at a time, in one process and across failures', async () => {
  let inside = 0;
  let entered = 0;
  const critical = async (): Promise<void> => {
    inside += 1;
    entered += 1;
    expect(inside).toBe(1);
    await new Promise(setImmediate);
    inside -= 1;
    if (entered % 3 === 0) throw new Error('on purpose');
  };
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12 }, () => withTicketLock(dir, { timeoutMs: 20_000 }, critical)),
  );
  expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(4);
  expect(outcomes.map((o) => (o.status === 'rejected' ? String(o.reason) : ''))).not.toContainEqual(
    expect.stringContaining('AssertionError'),
  );
  expect(entered).toBe(12);
  expect(await readdir(dir)).toEqual([]);
});
