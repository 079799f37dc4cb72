import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { migrateQueue } from '../../src/queue/queue-backend.ts';
import { startRedisServer, type RedisServer } from '../../src/storage/local-server/redis-server.ts';
import { startAurora, type AuroraProcess } from '../cli/aurora-process.ts';
import { makeFleetFolder, type Effects } from '../cli/effects.ts';
import { describeEachBackend } from '../support/backends.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

interface TaskState {
  readonly id: string;
  readonly state: string;
}

describeEachBackend('processes of a fleet', ({ kind }) => {
  let folder: string;
  let effects: Effects;
  let database: TestDatabase;
  let redis: RedisServer | undefined;
  let url: string;
  let env: Record<string, string>;
  /** Serves the role `backend`. */
  let worker: AuroraProcess;
  const running = new Set<AuroraProcess>();

  /** Starts an entry of `workers/` and waits until it serves. */
  const start = async (entry: string, ...args: string[]) => {
    const started = startAurora(args, { cwd: folder, env, entry: `workers/${entry}.ts` });
    running.add(started);
    await started.prints(/"msg":"serving"/);
    return started;
  };
  const stop = async (stopped: AuroraProcess) => {
    running.delete(stopped);
    stopped.kill('SIGTERM');
    return stopped.ended;
  };

  beforeAll(async () => {
    folder = await tempDir();
    effects = makeFleetFolder(folder, ['backend', 'frontend']);
    database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    await migrateQueue(pool);
    await pool.end();
    // A Redis of its own: the processes use the key prefix of a real installation.
    if (kind === 'redis') redis = await startRedisServer({ dir: path.join(folder, 'redis') });
    env = {
      DATABASE_URL: database.url,
      ...(redis === undefined ? {} : { REDIS_URL: `unix:${redis.path}` }),
      AURORA_DATA_DIR: path.join(folder, 'data'),
      AURORA_SHUTDOWN_GRACE: '300ms',
    };
    const [web, , backend] = await Promise.all([
      start('web'),
      start('maestro'),
      start('agents', 'backend'),
      start('agents', 'frontend'),
    ]);
    worker = backend;
    const [, address] = await web.prints(/"url":"(http:[^"]+)"/);
    url = address as string;
  });
  afterAll(async () => {
    const ended = await Promise.all([...running].map(stop));
    expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
    await redis?.close();
    await database.drop();
  });

  const submit = async (name: string, tasks: object[]) => {
    const repository = makeRepository(path.join(folder, name), { 'README.md': 'Here.\n' });
    const answer = await fetch(`${url}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ repository, plan: { version: 1, title: name, tasks } }),
    });
    expect(answer.ok).toBe(true);
    const { id } = (await answer.json()) as { id: string };
    return { id, repository };
  };
  const tasksOf = async (runId: string) => {
    const answer = await fetch(`${url}/v1/runs/${runId}/tasks`);
    return ((await answer.json()) as { tasks: TaskState[] }).tasks;
  };
  const finished = (runId: string) =>
    waitFor(
      async () => {
        const tasks = await tasksOf(runId);
        return tasks.length > 0 && tasks.every(({ state }) => state === 'done');
      },
      { timeoutMs: 40_000, what: `the end of ${runId}` },
    );

  test('web, Maestro and one worker per role carry a plan out together', async () => {
    const { id, repository } = await submit('together', [
      { id: 'one', title: 'One', role: 'backend' },
      { id: 'two', title: 'Two', role: 'frontend', dependsOn: ['one'] },
      { id: 'three', title: 'Three', role: 'backend', dependsOn: ['one'] },
      { id: 'four', title: 'Four', role: 'frontend', dependsOn: ['two', 'three'] },
    ]);
    await finished(id);
    for (const task of ['one', 'two', 'three', 'four']) {
      expect([task, effects.begun(task).length, effects.ended(task)]).toEqual([task, 1, 1]);
    }
    const files = git(repository, 'ls-tree', '--name-only', `aurora/${id}`).split('\n');
    expect(files).toEqual(['README.md', 'four.txt', 'one.txt', 'three.txt', 'two.txt']);
    const agents = await (await fetch(`${url}/v1/agents`)).json();
    expect(JSON.stringify(agents)).toMatch(/"backend".*"frontend"/);
  });

  test('a worker that is told to stop takes no more, hands back what it has, and exits 0', async () => {
    const go = path.join(folder, 'go');
    const { id } = await submit('stopped', [
      { id: 'long', title: 'Long', role: 'backend', input: { until: go } },
      { id: 'after', title: 'After', role: 'backend', dependsOn: ['long'] },
    ]);
    await waitFor(() => effects.begun('long').length === 1);
    const before = performance.now();
    expect((await stop(worker)).code).toBe(0);
    // Heroku kills after 30 s.
    expect(performance.now() - before).toBeLessThan(30_000);
    expect(await effects.living()).toEqual([]);
    expect((await tasksOf(id)).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    writeFileSync(go, '');
    await start('agents', 'backend');
    await finished(id);
    expect([effects.begun('long').length, effects.ended('long')]).toEqual([2, 1]);
    expect([effects.begun('after').length, effects.ended('after')]).toEqual([1, 1]);
    expect(existsSync(path.join(folder, 'data', 'worktrees', id))).toBe(false);
  });
});
