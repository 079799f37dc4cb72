import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttemptStopped, type StopReason } from '../../src/agents/attempt-signal.ts';
import { mergeIntoRun } from '../../src/agents/merge-into-run.ts';
import { Discoveries } from '../../src/agents/discoveries.ts';
import { performAttempt } from '../../src/agents/perform-attempt.ts';
import { createMirrorCache } from '../../src/git/mirror-cache.ts';
import { openMirrors } from '../../src/runtime/fleet.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { createDiscoveryNews } from '../../src/queue/discovery-news.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { completeTask, prepareOutcome, type Fence } from '../../src/storage/attempt-store.ts';
import { claimTask, type ClaimedTask } from '../../src/storage/claim-store.ts';
import { requestAbort } from '../../src/storage/run-store.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { moduleAgent } from '../e2e/agent-module.ts';
import { commitWork } from '../e2e/dead-worker.ts';
import { emptyRecord } from '../storage/planned-run.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('work that waits for its merge', () => {
  let folder: string;
  let fleet: TestFleet;
  let agent: ReturnType<typeof moduleAgent>;
  const db = () => fleet.services.database.db;
  const workspaces = () => ({
    mirrors: openMirrors(fleet.services),
    worktreesRoot: path.join(folder, 'data', 'worktrees'),
  });

  beforeAll(async () => {
    folder = await tempDir();
    agent = moduleAgent(folder);
    fleet = await openTestFleet({
      backend: { kind: 'postgres' },
      agents: [agent.agent],
      dataDir: folder,
      parts: { maestro: false, agents: [] },
    });
  });
  afterAll(() => fleet.close());

  const claim = async (runId: string): Promise<{ claimed: ClaimedTask; fence: Fence }> => {
    const result = await claimTask(db(), {
      ...{ runId, taskId: 'it', generation: 0, assignment: 1 },
      ...{ workerId: 'wrk_test', jobId: 'job', lockToken: 'token' },
    });
    if (result.kind !== 'claimed') throw new Error(result.kind);
    const { epoch } = result.claimed;
    return { claimed: result.claimed, fence: { runId, taskId: 'it', epoch } };
  };

  /** A run whose only task was carried out by a worker that died before the merge. */
  const prepared = async (name: string) => {
    const repository = makeRepository(path.join(folder, 'repositories', name), { a: 'a\n' });
    const plan = { version: 1, title: name, tasks: [{ id: 'it', title: 'It', role: 'backend' }] };
    const { run } = await submitRun(fleet.maestro, { plan, repository });
    await planRun(fleet.maestro, run.id);
    const { claimed, fence } = await claim(run.id);
    const workCommit = await commitWork(workspaces(), claimed, fence, (directory) =>
      writeFileSync(path.join(directory, 'it.txt'), 'it\n'),
    );
    const outcome = { workCommit, summary: 'did it', result: null };
    expect(await prepareOutcome(db(), fence, outcome)).toBe('prepared');
    const merges = () =>
      git(repository, 'log', '--merges', '--format=%H', `aurora/${run.id}`)
        .split('\n')
        .filter((line) => line !== '');
    return { runId: run.id, claimed, fence, workCommit, outcome, merges };
  };

  const perform = (claimed: ClaimedTask, fence: Fence, signal: AbortSignal) => {
    const { database, memory, log, env, notifier, queues } = fleet.services;
    const lines = {
      discoveries: createDiscoveryNews(queues.relay, log),
      listeners: new Discoveries(database.db, log),
      web: undefined,
    };
    return performAttempt(
      {
        ...{ database, memory, log, notify: notifier.notify, workspaces: workspaces() },
        ...{ workerId: 'wrk_test', configDirectory: folder, variables: env.variables },
        ...{ random: Math.random, running: new Map(), lines },
        ...{ handOutRoom: async () => undefined, tellEscalation: () => undefined },
      },
      agent.agent,
      claimed,
      fence,
      signal,
    );
  };
  const stopped = (reason: StopReason) =>
    AbortSignal.abort(new AttemptStopped(reason, 'for the test'));

  test('is merged without doing it again', async () => {
    const { runId, merges } = await prepared('merged');
    const { claimed, fence } = await claim(runId);
    const outcome = await perform(claimed, fence, new AbortController().signal);
    expect(outcome).toMatchObject({ kind: 'done', completed: { mergeCommit: merges()[0] } });
    expect(merges()).toHaveLength(1);
    expect(agent.executions('it')).toEqual([]);
  });

  test('is not merged by an attempt that lost its lock or whose run was aborted', async () => {
    for (const reason of ['lock-lost', 'aborted'] as const) {
      const { runId, merges } = await prepared(reason);
      const { claimed, fence } = await claim(runId);
      expect(await perform(claimed, fence, stopped(reason))).toMatchObject({
        kind: 'stopped',
        reason,
      });
      expect(merges()).toEqual([]);
    }
  });

  test('is not merged when the abort is known to the record alone', async () => {
    const { runId, merges } = await prepared('silent-abort');
    const { claimed, fence } = await claim(runId);
    await requestAbort(db(), runId);
    expect(await perform(claimed, fence, new AbortController().signal)).toMatchObject({
      kind: 'stopped',
      reason: 'aborted',
    });
    expect(merges()).toEqual([]);
  });

  test('is still merged by a worker that shuts down', async () => {
    const { runId, merges } = await prepared('shutdown');
    const { claimed, fence } = await claim(runId);
    expect((await perform(claimed, fence, stopped('released'))).kind).toBe('done');
    expect(merges()).toHaveLength(1);
  });

  test('takes effect once when a worker froze between recording and publishing', async () => {
    const { runId, claimed, fence, workCommit, outcome, merges } = await prepared('frozen');
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let recorded = () => {};
    const hasRecorded = new Promise<void>((resolve) => {
      recorded = resolve;
    });
    let rounds = 0;
    // On a machine of its own: merges of one process take turns.
    const elsewhere = {
      ...workspaces(),
      mirrors: createMirrorCache(path.join(folder, 'elsewhere'), fleet.services.env.variables),
    };
    const frozen = mergeIntoRun(elsewhere, claimed, workCommit, {
      resolve: {},
      beforePublish: async () => {
        rounds++;
        expect(await prepareOutcome(db(), fence, outcome)).toBe('prepared');
        recorded();
        await asleep;
      },
    });
    await hasRecorded;
    const next = await claim(runId);
    const done = await perform(next.claimed, next.fence, new AbortController().signal);
    if (done.kind !== 'done') throw new Error(done.kind);
    expect(await completeTask(db(), next.fence, done.completed)).toBe(true);
    const before = await getTask(db(), runId, 'it');
    wake();
    // Its push finds the branch moved, and its work there already.
    expect(await frozen).toEqual({ kind: 'merged', mergeCommit: done.completed.mergeCommit });
    expect(rounds).toBe(1);
    expect(merges()).toEqual([done.completed.mergeCommit]);
    const late = { ...emptyRecord, ...outcome, mergeCommit: 'late' };
    expect(await completeTask(db(), fence, late)).toBe(false);
    expect(await getTask(db(), runId, 'it')).toEqual(before);
  });
});
