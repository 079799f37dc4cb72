import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { commandLine, processMark } from '../../src/storage/local-server/process-mark.ts';
import { redisIsAvailable } from '../support/redis.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { aurora, startAurora, type AuroraProcess } from './aurora-process.ts';
import { makeFleetFolder, type Effects } from './effects.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

interface Place {
  readonly folder: string;
  readonly data: string;
  readonly env: Record<string, string>;
  readonly effects: Effects;
}

async function makePlace(): Promise<Place> {
  const folder = await tempDir();
  // As root, the embedded Postgres runs as another user, who has to walk through here.
  chmodSync(folder, 0o755);
  const data = path.join(folder, 'data');
  // A killed Aurora leaves its attempts' temporary folders: here they go with the test's own.
  const tmp = path.join(folder, 'tmp');
  mkdirSync(tmp);
  const env = { AURORA_DATA_DIR: data, AURORA_SHUTDOWN_GRACE: '200ms', TMPDIR: tmp };
  return { folder, data, env, effects: makeFleetFolder(folder, ['backend', 'frontend']) };
}

/** Starts `up` and waits until it serves. */
async function up({ folder, env }: Place, ...options: string[]) {
  const fleet = startAurora(['up', '--json', ...options], { cwd: folder, env });
  const [line] = await fleet.prints(/^\{"url".*$/m);
  return { fleet, ...(JSON.parse(line) as { url: string; queues: string }) };
}

/** Pids of all processes that work on a data folder: servers, git, agents, Aurora itself. */
async function processesOn(data: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const line = await commandLine(Number(pid));
    if (line?.includes(data) && (await processMark(Number(pid))) !== undefined) found.push(line);
  }
  return found;
}

async function stop(fleet: AuroraProcess, signal: NodeJS.Signals): Promise<void> {
  fleet.kill(signal);
  expect((await fleet.ended).code).toBe(0);
}

function submitPlan({ folder }: Place, tasks: object[]) {
  const repository = makeRepository(path.join(folder, 'repository'), { 'README.md': 'Here.\n' });
  const file = path.join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify({ version: 1, title: 'It', tasks }));
  return { repository, args: ['run', '--plan', file, '--repo', repository, '--json'] };
}

const backends = [
  { name: 'postgres', options: [], available: true, end: 'SIGINT' },
  // A terminal that is closed stops it as well.
  { name: 'redis', options: ['--redis'], available: redisIsAvailable(), end: 'SIGHUP' },
] as const;

describe.each(backends)('up [$name]', ({ options, available, end }) => {
  test.skipIf(!available)(
    `serves, refuses a second on its folder, and ${end} stops all that it started`,
    async () => {
      const place = await makePlace();
      const { fleet, url, queues } = await up(place, ...options);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      expect(await (await fetch(queues)).text()).toContain('<title>');
      expect(await processesOn(place.data)).not.toEqual([]);
      const second = await aurora(['up'], { cwd: place.folder, env: place.env });
      expect(second).toMatchObject({ code: 1, stdout: '' });
      expect(second.stderr).toContain(`already, at ${url}`);
      await stop(fleet, end);
      expect(await processesOn(place.data)).toEqual([]);
      await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    },
  );

  test.skipIf(!available)(
    'killed half-way and started again it finishes the same run, no task done twice',
    async () => {
      const place = await makePlace();
      const { effects, folder, env } = place;
      const go = path.join(folder, 'go');
      const { repository, args } = submitPlan(place, [
        { id: 'first', title: 'First', role: 'backend' },
        { id: 'held', title: 'Held', role: 'frontend', dependsOn: ['first'], input: { until: go } },
        { id: 'other', title: 'Other', role: 'backend', dependsOn: ['first'] },
        { id: 'last', title: 'Last', role: 'backend', dependsOn: ['held', 'other'] },
      ]);
      const before = await up(place, ...options);
      const submitted = await aurora([...args, '--key', 'it'], {
        cwd: folder,
        env,
      });
      expect(submitted).toMatchObject({ code: 0, stderr: '' });
      const { id } = JSON.parse(submitted.stdout) as { id: string };
      const tasks = async (url: string) => {
        const answer = await fetch(`${url}/v1/runs/${id}/tasks`);
        const { tasks } = (await answer.json()) as { tasks: { id: string; state: string }[] };
        return Object.fromEntries(tasks.map((task) => [task.id, task.state]));
      };
      await waitFor(
        async () =>
          effects.begun('held').length === 1 && (await tasks(before.url)).other === 'done',
        { timeoutMs: 40_000, what: 'the middle of the run' },
      );
      before.fleet.kill('SIGKILL');
      await before.fleet.ended;
      const orphans = await effects.living();

      const after = await up(place, ...options);
      await waitFor(() => effects.begun('held').length === 2, { timeoutMs: 40_000 });
      // The dead worker's agent, which nobody waits for any more, was ended before its task went on.
      expect(await effects.living()).not.toEqual(expect.arrayContaining(orphans));
      writeFileSync(go, '');
      await waitFor(async () => (await tasks(after.url)).last === 'done', { timeoutMs: 40_000 });
      for (const task of ['first', 'held', 'other', 'last']) expect(effects.ended(task)).toBe(1);
      expect([effects.begun('first').length, effects.begun('other').length]).toEqual([1, 1]);
      const merged = git(repository, 'log', '--merges', '--format=%s', `aurora/${id}`).split('\n');
      expect(merged).toHaveLength(4);
      await waitFor(() => !existsSync(path.join(place.data, 'worktrees', id)), {
        what: 'the worktrees to go',
      });
      expect(git(repository, 'worktree', 'list').split('\n')).toHaveLength(1);
      await stop(after.fleet, 'SIGTERM');
      expect(await processesOn(place.data)).toEqual([]);
    },
  );
});
