import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getRun, isFinished } from '../../src/storage/run-store.ts';
import { listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { git } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { openChaosFleet } from './chaos-fleet.ts';
import { seededRandom } from '../../chaos/random.ts';

const seed = Number(process.env['CHAOS_SEED'] ?? 20260207);
/** Milliseconds between two kills, on average. */
const killInterval = 1_500;

/** Each costs the start of a process, a second or two. */
const maxKills = 8;

/** A DAG with chains, fans and diamonds; tasks take some tenths of a second. */
function randomTasks(random: () => number, size: number) {
  return Array.from({ length: size }, (_, index) => {
    const earlier = Array.from({ length: index }, (_unused, before) => `t${before}`).slice(-10);
    const dependsOn = earlier.filter(() => random() < 0.2);
    return {
      ...{ id: `t${index}`, title: `Task ${index}`, dependsOn },
      ...{
        agent: random() < 0.5 ? 'one' : 'two',
        input: { sleep: 100 + Math.floor(random() * 500) },
      },
    };
  });
}

/** Processes whose working folder is in the given one. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false; // It has ended, or is none of ours.
    }
  });
}

describeEachBackend(`chaos with seed ${seed}`, (backend) => {
  let chaos: Awaited<ReturnType<typeof openChaosFleet>>;

  beforeAll(async () => {
    chaos = await openChaosFleet(backend, await tempDir(), 4_000);
  });
  afterAll(() => chaos.fleet.close());

  test('kill -9 of any process at any time: every task once, none early, none lost', async () => {
    const random = seededRandom(seed);
    const tasks = randomTasks(random, 30);
    const { runId, repository } = await chaos.submit('chaos', tasks);
    const kinds = [
      { maestro: true, serves: [] },
      { maestro: false, serves: ['one', 'two'] },
      { maestro: false, serves: ['one', 'two'] },
    ];
    const processes = kinds.map((kind) => chaos.start(kind));
    let kills = 0;
    const ended = async () => isFinished(await getRun(chaos.db, runId));
    await Promise.all(processes.map((each) => each.serving));
    // The first one comes when there is something to disturb.
    await waitFor(() => chaos.notes().length > 0, { timeoutMs: 30_000, what: 'the first task' });
    while (!(await ended()) && kills < maxKills) {
      await sleep(killInterval * (0.5 + random()));
      const victim = Math.floor(random() * kinds.length);
      // Mostly in the middle of its work; now and then while it starts.
      if (random() < 0.8) await processes[victim]?.serving;
      await processes[victim]?.kill();
      kills++;
      processes[victim] = chaos.start(kinds[victim] as (typeof kinds)[number]);
    }
    await Promise.all(processes.map((each) => each.serving));
    await waitFor(ended, { timeoutMs: 120_000, what: 'the end of the run' });
    // Those that started last have swept up after those that were killed.
    const codes = await Promise.all(processes.map((each) => each.stop()));
    expect(codes).toEqual([0, 0, 0]);

    expect(kills).toBeGreaterThan(0);
    expect((await getRun(chaos.db, runId)).state).toBe('done');
    const states = new Set((await listTasks(chaos.db, runId)).map((task) => task.state));
    expect([...states]).toEqual(['done']);
    const ids = tasks.map((task) => task.id);
    const merged = chaos.merges(repository, runId);
    expect([...merged].sort()).toEqual([...ids].sort());
    const attempts = await listAttempts(chaos.db, runId);
    const succeeded = attempts.filter((attempt) => attempt.state === 'succeeded');
    expect(succeeded.map((attempt) => attempt.taskId).sort()).toEqual([...ids].sort());
    // Being killed costs no attempt.
    expect(attempts.filter((attempt) => attempt.state === 'failed')).toEqual([]);
    for (const task of tasks) {
      const position = merged.indexOf(task.id);
      for (const dependency of task.dependsOn) {
        expect(merged.indexOf(dependency)).toBeLessThan(position);
      }
      const starts = chaos
        .notes()
        .filter(({ event, task: id }) => event === 'start' && id === task.id);
      expect(starts.length).toBeGreaterThan(0);
      // It found the work of all that it depends on, every time.
      for (const { files } of starts) expect(files).toEqual(expect.arrayContaining(task.dependsOn));
      const content = git(repository, 'show', `aurora/${runId}:${task.id}`);
      expect(content).toMatch(new RegExp(`^${task.id} \\d+$`));
    }
    const left = existsSync(chaos.worktrees) ? readdirSync(chaos.worktrees) : [];
    expect(left).toEqual([]);
    expect(processesIn(chaos.worktrees)).toEqual([]);
    const running = new Set(readdirSync('/proc'));
    const alive = chaos.notes().filter(({ pid }) => running.has(String(pid)) && isAgent(pid));
    expect(alive).toEqual([]);
    console.log(
      `${backend.kind}: ${kills} kills, ${attempts.length} attempts at ${ids.length} tasks`,
    );
  }, 240_000);

  test('a worker frozen past its lock that wakes up later changes nothing', async () => {
    const go = `${chaos.worktrees}-go`;
    const { runId, repository } = await chaos.submit('frozen', [
      { id: 'cold', title: 'Cold', agent: 'one', input: { waitFor: go } },
    ]);
    const maestro = chaos.start({ maestro: true, serves: [] });
    const frozen = chaos.start({ maestro: false, serves: ['one'] });
    const noted = (event: string, epoch: number) =>
      chaos
        .notes()
        .some((note) => note.task === 'cold' && note.event === event && note.epoch === epoch);
    await waitFor(() => noted('start', 1), { timeoutMs: 30_000 });
    frozen.signal('SIGSTOP');
    // Its agent, a process of its own, goes on and ends well.
    writeFileSync(go, '');
    await waitFor(() => noted('end', 1));
    const other = chaos.start({ maestro: false, serves: ['one'] });
    await waitFor(async () => isFinished(await getRun(chaos.db, runId)), { timeoutMs: 60_000 });
    const head = git(repository, 'rev-parse', `aurora/${runId}`);
    expect(git(repository, 'show', `${head}:cold`)).toBe('cold 2');
    const before = await listTasks(chaos.db, runId);

    frozen.signal('SIGCONT');
    // It saves what its attempt has written, and steps aside.
    await waitFor(() => !existsSync(chaos.worktrees) || readdirSync(chaos.worktrees).length === 0);
    expect(await frozen.stop()).toBe(0);
    expect(git(repository, 'rev-parse', `aurora/${runId}`)).toBe(head);
    expect(await listTasks(chaos.db, runId)).toEqual(before);
    const states = (await listAttempts(chaos.db, runId)).map((attempt) => attempt.state);
    expect(states).toEqual(['lost', 'succeeded']);
    expect(git(repository, 'show', `refs/aurora/${runId}/cold/1:cold`)).toBe('cold 1');
    expect(await Promise.all([other.stop(), maestro.stop()])).toEqual([0, 0]);
  }, 120_000);
});

/** Whether the number is (still, or again) that of an agent of this test. */
function isAgent(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('agent.mjs');
  } catch {
    return false; // It ended between the two looks.
  }
}
