import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { abortRun } from '../../src/maestro/run-control.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { startFleet, type Fleet } from '../../src/runtime/fleet.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { moduleAgent } from '../e2e/agent-module.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

describeEachBackend('an attempt that does not end by itself', (backend) => {
  let folder: string;
  let base: TestFleet;
  let agent: ReturnType<typeof moduleAgent>;
  let fleet: Fleet | undefined;
  const db = () => base.services.database.db;
  const worktrees = () => path.join(folder, 'data', 'worktrees');

  beforeAll(async () => {
    folder = await tempDir();
    agent = moduleAgent(folder);
    base = await openTestFleet({
      backend,
      agents: [agent.agent],
      dataDir: folder,
      parts: { maestro: false, agents: [] },
    });
  });
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });
  afterAll(() => base.close());

  const start = async () => {
    fleet = await startFleet(base.services, { web: false, maestro: true, agents: [agent.agent] });
  };
  const submit = async (id: string, rest: object) => {
    const repository = makeRepository(path.join(folder, 'repositories', id), { a: 'a\n' });
    const task = { id, title: id, role: 'backend', ...rest };
    const { run } = await submitRun(base.maestro, {
      plan: { version: 1, title: id, tasks: [task] },
      repository,
    });
    return { runId: run.id, repository };
  };
  const never = { waitFor: '/nowhere/at/all', file: 'half.txt' };
  /** What is kept of a task's attempt: the commit's title and the file. */
  const kept = (repository: string, runId: string, id: string) => {
    const ref = `refs/aurora/${runId}/${id}/1`;
    return [
      git(repository, 'log', '-1', '--format=%s', ref),
      git(repository, 'show', `${ref}:half.txt`),
    ];
  };
  const isClean = () => !existsSync(worktrees()) || readdirSync(worktrees()).length === 0;

  test('because of an abort: its work is kept, nothing is merged', async () => {
    await start();
    const { runId, repository } = await submit('aborted', { input: never });
    await waitFor(() => agent.executions('aborted').length === 1);
    await abortRun(base.maestro, runId);
    expect((await base.ended(runId)).state).toBe('cancelled');
    expect(kept(repository, runId, 'aborted')).toEqual(['Unfinished: aborted', 'aborted 1']);
    expect(git(repository, 'log', '--merges', '--format=%s', `aurora/${runId}`)).toBe('');
    expect(isClean()).toBe(true);
  });

  test('because its time is over: it counts as failed, and its work is kept', async () => {
    await start();
    const { runId, repository } = await submit('late', {
      ...{ input: never, timeout: 6_000, maxAttempts: 1 },
    });
    expect((await base.ended(runId)).state).toBe('blocked');
    expect((await getTask(db(), runId, 'late')).failure?.class).toBe('timeout');
    expect(kept(repository, runId, 'late')).toEqual(['Unfinished: late', 'late 1']);
    expect(isClean()).toBe(true);
  });

  test('because its worker shuts down: it is handed back, costs no attempt, and is done elsewhere', async () => {
    await start();
    const { runId, repository } = await submit('released', { input: never });
    await waitFor(() => agent.executions('released').length === 1);
    await fleet?.close();
    expect(await getTask(db(), runId, 'released')).toMatchObject({ state: 'waiting', failures: 0 });
    expect(kept(repository, runId, 'released')).toEqual(['Unfinished: released', 'released 1']);
    expect(isClean()).toBe(true);
    await start();
    expect((await base.ended(runId)).state).toBe('done');
    expect(agent.executions('released')).toEqual([1, 2]);
    const attempts = await listAttempts(db(), runId);
    expect(attempts.map(({ state, number }) => [state, number])).toEqual([
      ['released', 1],
      ['succeeded', 1],
    ]);
  });

  test('well: a damaged worktree is left standing, said plainly, and swept up later', async () => {
    await start();
    const { runId, repository } = await submit('damaged', {
      input: { damage: true, file: 'half.txt' },
    });
    expect((await base.ended(runId)).state).toBe('done');
    const [first, second] = await listAttempts(db(), runId);
    expect(first?.failure).toMatchObject({
      class: 'error',
      message: expect.stringContaining('An agent must not remove or replace .git') as string,
    });
    expect(second?.state).toBe('succeeded');
    expect(readdirSync(path.join(worktrees(), runId))).toEqual(['damaged-1']);
    await fleet?.close();
    await start();
    await waitFor(isClean);
    expect(kept(repository, runId, 'damaged')[1]).toBe('damaged 1');
  });
});
