import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttemptStopped, type StopReason } from '../../src/agents/attempt-signal.ts';
import { FencedOut } from '../../src/agents/fenced-out.ts';
import { mergeIntoRun } from '../../src/agents/merge-into-run.ts';
import { Discoveries } from '../../src/agents/discoveries.ts';
import { performAttempt } from '../../src/agents/perform-attempt.ts';
import { createMirrorCache } from '../../src/git/mirror-cache.ts';
import { openMirrors } from '../../src/runtime/fleet.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { abortRun } from '../../src/maestro/run-control.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { createDiscoveryNews } from '../../src/queue/discovery-news.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { completeTask, prepareOutcome, type Fence } from '../../src/storage/attempt-store.ts';
import { claimTask, type ClaimedTask } from '../../src/storage/claim-store.ts';
import { listEscalations } from '../../src/storage/escalation-store.ts';
import { retryRun as recordRetry } from '../../src/storage/retry-run-store.ts';
import { getRun, requestAbort } from '../../src/storage/run-store.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { moduleAgent } from '../e2e/agent-module.ts';
import { commitWork } from '../e2e/dead-worker.ts';
import { emptyRecord, failAttempt } from '../storage/planned-run.ts';
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

  const claim = async (
    runId: string,
    generation = 0,
  ): Promise<{ claimed: ClaimedTask; fence: Fence }> => {
    const result = await claimTask(db(), {
      ...{ runId, taskId: 'it', generation, assignment: 1 },
      ...{ workerId: 'wrk_test', jobId: 'job', lockToken: 'token' },
    });
    if (result.kind !== 'claimed') throw new Error(result.kind);
    const { epoch } = result.claimed;
    return { claimed: result.claimed, fence: { runId, taskId: 'it', epoch } };
  };

  /** A run whose only task was carried out by a worker that died before the merge. */
  const prepared = async (name: string) => {
    const repository = makeRepository(path.join(folder, 'repositories', name), { a: 'a\n' });
    const task = { id: 'it', title: 'It', role: 'backend', input: { file: 'again.txt' } };
    const plan = { version: 1, title: name, tasks: [task] };
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
        ...{ random: Math.random, maxHandoffs: 3, running: new Map(), lines },
        ...{ handOutRoom: async () => undefined, tellEscalation: () => undefined },
        releaseAgent: async () => undefined,
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

  /** A worker on a machine of its own that froze between its last look at the record and its push. */
  const frozenBeforePush = async (name: string) => {
    const run = await prepared(name);
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let recorded = () => {};
    const hasRecorded = new Promise<void>((resolve) => {
      recorded = resolve;
    });
    // Merges of one process take turns.
    const elsewhere = {
      ...workspaces(),
      mirrors: createMirrorCache(
        path.join(folder, `${name}-elsewhere`),
        fleet.services.env.variables,
      ),
    };
    const pushing = mergeIntoRun(elsewhere, run.claimed, run.workCommit, {
      beforePublish: async () => {
        if ((await prepareOutcome(db(), run.fence, run.outcome)) !== 'prepared') {
          throw new FencedOut();
        }
        recorded();
        await asleep;
      },
    });
    await hasRecorded;
    const wakeUp = () => {
      wake();
      return pushing;
    };
    return { ...run, wakeUp };
  };

  test('takes effect once when a worker froze between recording and publishing', async () => {
    const { runId, fence, outcome, merges, wakeUp } = await frozenBeforePush('frozen');
    const next = await claim(runId);
    const done = await perform(next.claimed, next.fence, new AbortController().signal);
    if (done.kind !== 'done') throw new Error(done.kind);
    expect(await completeTask(db(), next.fence, done.completed)).toBe(true);
    const before = await getTask(db(), runId, 'it');
    // Its push finds the branch moved, and its work there already.
    expect(await wakeUp()).toEqual({ kind: 'merged', mergeCommit: done.completed.mergeCommit });
    expect(merges()).toEqual([done.completed.mergeCommit]);
    const late = { ...emptyRecord, ...outcome, mergeCommit: 'late' };
    expect(await completeTask(db(), fence, late)).toBe(false);
    expect(await getTask(db(), runId, 'it')).toEqual(before);
  });

  test('is not published by a frozen worker whose run was aborted meanwhile', async () => {
    const { runId, merges, wakeUp } = await frozenBeforePush('frozen-abort');
    // Nobody has heard of that worker: its task is held by nobody.
    await abortRun(fleet.maestro, runId);
    expect(await getRun(db(), runId)).toMatchObject({ state: 'cancelled' });
    // The branch is where it was: nothing but the work's own ref keeps the push out.
    await expect(wakeUp()).rejects.toThrow(FencedOut);
    expect(merges()).toEqual([]);
    // A retry of the run finds the work.
    await recordRetry(db(), runId);
    const again = await claim(runId, 1);
    const done = await perform(again.claimed, again.fence, new AbortController().signal);
    expect(done).toMatchObject({ kind: 'done', completed: { mergeCommit: merges()[0] } });
    expect(agent.executions('it')).toEqual([]);
  });

  test.each(['skip', 'retry'] as const)(
    'is not published by a frozen worker when a person said %s meanwhile',
    async (action) => {
      const { runId, merges, wakeUp, workCommit } = await frozenBeforePush(`frozen-${action}`);
      // The next one fails before it comes to take the work over.
      const second = await claim(runId);
      const failure = { class: 'permanent', message: 'no' } as const;
      await failAttempt(db(), second.fence, failure, null, emptyRecord);
      const [escalation] = await listEscalations(db(), runId);
      await answerEscalation(fleet.maestro, escalation?.id as string, { action });
      if (action === 'retry') {
        const third = await claim(runId);
        const done = await perform(third.claimed, third.fence, new AbortController().signal);
        if (done.kind !== 'done') throw new Error(done.kind);
        expect(done.completed.workCommit).not.toBe(workCommit);
        expect(await completeTask(db(), third.fence, done.completed)).toBe(true);
      }
      await expect(wakeUp()).rejects.toThrow(FencedOut);
      expect(merges()).toHaveLength(action === 'skip' ? 0 : 1);
    },
  );
});
