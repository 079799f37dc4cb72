import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AttemptStopped, type StopReason } from '../../src/agents/attempt-signal.ts';
import { FencedOut } from '../../src/agents/fenced-out.ts';
import { mergeIntoRun } from '../../src/agents/merge-into-run.ts';
import { createMirrorCache } from '../../src/git/mirror-cache.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { abortRun } from '../../src/maestro/run-control.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { completeTask, prepareOutcome } from '../../src/storage/attempt-store.ts';
import { listEscalations } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { retryRun as recordRetry } from '../../src/storage/retry-run-store.ts';
import { getRun, requestAbort } from '../../src/storage/run-store.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { commitWork } from '../e2e/dead-worker.ts';
import { emptyRecord, failAttempt } from '../storage/planned-run.ts';
import { freePort, gitDaemon } from '../git/repositories.ts';
import { git, makeRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';
import { openAttemptStage } from './attempt-stage.ts';

describe('work that waits for its merge', () => {
  let stage: Awaited<ReturnType<typeof openAttemptStage>>;
  beforeAll(async () => {
    stage = await openAttemptStage();
  });
  afterAll(() => stage.fleet.close());
  const claim = (runId: string, generation?: number) => stage.claim(runId, 'it', generation);

  /** A run whose only task was carried out by a worker that died before the merge. */
  const prepared = async (name: string) => {
    const repository = makeRepository(path.join(stage.folder, 'repositories', name), { a: 'a\n' });
    const task = { id: 'it', title: 'It', role: 'backend', input: { file: 'again.txt' } };
    const plan = { version: 1, title: name, tasks: [task] };
    const { run } = await submitRun(stage.fleet.maestro, { plan, repository });
    await planRun(stage.fleet.maestro, run.id);
    const { claimed, fence } = await claim(run.id);
    const workCommit = await commitWork(stage.workspaces(), claimed, fence, (directory) =>
      writeFileSync(path.join(directory, 'it.txt'), 'it\n'),
    );
    const outcome = { workCommit, summary: 'did it', result: null };
    expect(await prepareOutcome(stage.db, fence, outcome)).toBe('prepared');
    const merges = () =>
      git(repository, 'log', '--merges', '--format=%H', `aurora/${run.id}`)
        .split('\n')
        .filter((line) => line !== '');
    return { runId: run.id, claimed, fence, workCommit, outcome, merges };
  };

  const stopped = (reason: StopReason) =>
    AbortSignal.abort(new AttemptStopped(reason, 'for the test'));

  test('is merged without doing it again', async () => {
    const { runId, merges } = await prepared('merged');
    const { claimed, fence } = await claim(runId);
    const outcome = await stage.perform(claimed, fence);
    expect(outcome).toMatchObject({ kind: 'done', completed: { mergeCommit: merges()[0] } });
    expect(merges()).toHaveLength(1);
    expect(stage.agent.executions('it')).toEqual([]);
  });

  test('is not merged by an attempt that lost its lock or whose run was aborted', async () => {
    for (const reason of ['lock-lost', 'aborted'] as const) {
      const { runId, merges } = await prepared(reason);
      const { claimed, fence } = await claim(runId);
      expect(await stage.perform(claimed, fence, stopped(reason))).toMatchObject({
        kind: 'stopped',
        reason,
      });
      expect(merges()).toEqual([]);
    }
  });

  test('is not merged when the abort is known to the record alone', async () => {
    const { runId, merges } = await prepared('silent-abort');
    const { claimed, fence } = await claim(runId);
    await requestAbort(stage.db, runId);
    expect(await stage.perform(claimed, fence)).toMatchObject({
      kind: 'stopped',
      reason: 'aborted',
    });
    expect(merges()).toEqual([]);
  });

  test('is still merged by a worker that shuts down', async () => {
    const { runId, merges } = await prepared('shutdown');
    const { claimed, fence } = await claim(runId);
    expect((await stage.perform(claimed, fence, stopped('released'))).kind).toBe('done');
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
      ...stage.workspaces(),
      mirrors: createMirrorCache(
        path.join(stage.folder, `${name}-elsewhere`),
        stage.fleet.services.env.variables,
      ),
    };
    const pushing = mergeIntoRun(elsewhere, run.claimed, run.workCommit, {
      beforePublish: async () => {
        if ((await prepareOutcome(stage.db, run.fence, run.outcome)) !== 'prepared') {
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
    const done = await stage.perform(next.claimed, next.fence);
    if (done.kind !== 'done') throw new Error(done.kind);
    expect(await completeTask(stage.db, next.fence, done.completed)).toBe(true);
    const before = await getTask(stage.db, runId, 'it');
    // Its push finds the branch moved, and its work there already.
    expect(await wakeUp()).toEqual({ kind: 'merged', mergeCommit: done.completed.mergeCommit });
    expect(merges()).toEqual([done.completed.mergeCommit]);
    const late = { ...emptyRecord, ...outcome, mergeCommit: 'late' };
    expect(await completeTask(stage.db, fence, late)).toBe(false);
    expect(await getTask(stage.db, runId, 'it')).toEqual(before);
  });

  test('is not published by a frozen worker whose run was aborted meanwhile', async () => {
    const { runId, merges, wakeUp } = await frozenBeforePush('frozen-abort');
    // Nobody has heard of that worker: its task is held by nobody.
    await abortRun(stage.fleet.maestro, runId);
    expect(await getRun(stage.db, runId)).toMatchObject({ state: 'cancelled' });
    // The branch is where it was: nothing but the work's own ref keeps the push out.
    await expect(wakeUp()).rejects.toThrow(FencedOut);
    expect(merges()).toEqual([]);
    // A retry of the run finds the work.
    await recordRetry(stage.db, runId);
    const again = await claim(runId, 1);
    const done = await stage.perform(again.claimed, again.fence);
    expect(done).toMatchObject({ kind: 'done', completed: { mergeCommit: merges()[0] } });
    expect(stage.agent.executions('it')).toEqual([]);
  });

  test.each(['skip', 'retry'] as const)(
    'is not published by a frozen worker when a person said %s meanwhile',
    async (action) => {
      const { runId, merges, wakeUp, workCommit } = await frozenBeforePush(`frozen-${action}`);
      // The next one fails before it comes to take the work over.
      const second = await claim(runId);
      const failure = { class: 'permanent', message: 'no' } as const;
      await failAttempt(stage.db, second.fence, failure, null, emptyRecord);
      const [escalation] = await listEscalations(stage.db, runId);
      await answerEscalation(stage.fleet.maestro, escalation?.id as string, { action });
      if (action === 'retry') {
        const third = await claim(runId);
        const done = await stage.perform(third.claimed, third.fence);
        if (done.kind !== 'done') throw new Error(done.kind);
        expect(done.completed.workCommit).not.toBe(workCommit);
        expect(await completeTask(stage.db, third.fence, done.completed)).toBe(true);
      }
      await expect(wakeUp()).rejects.toThrow(FencedOut);
      expect(merges()).toHaveLength(action === 'skip' ? 0 : 1);
    },
  );

  test('waits within its attempt for a repository that is away', async () => {
    const folder = path.join(stage.folder, 'served');
    const origin = makeRepository(path.join(folder, 'origin'), { a: 'a' });
    const daemon = gitDaemon(folder, await freePort());
    onTestFinished(daemon.stop);
    await daemon.start();
    const repository = `${daemon.address}origin`;
    const task = { id: 'it', title: 'It', role: 'backend', input: { file: 'again.txt' } };
    const plan = { version: 1, title: 'away', tasks: [task] };
    const { run } = await submitRun(stage.fleet.maestro, { plan, repository });
    await planRun(stage.fleet.maestro, run.id);
    const { claimed, fence } = await claim(run.id);
    const workCommit = await commitWork(stage.workspaces(), claimed, fence, (directory) =>
      writeFileSync(path.join(directory, 'it.txt'), 'it'),
    );
    await prepareOutcome(stage.db, fence, { workCommit, summary: null, result: null });
    await daemon.stop();
    const next = await claim(run.id);
    const outcome = stage.perform(next.claimed, next.fence);
    const isTold = async () =>
      (await listMessages(stage.db, run.id)).some(({ payload }) =>
        /^done, and waits.*does not answer/s.test(String(payload['stage'])),
      );
    await waitFor(isTold, { what: 'the attempt to say so' });
    await daemon.start();
    expect(await outcome).toMatchObject({ kind: 'done' });
    expect(git(origin, 'show', `aurora/${run.id}:it.txt`)).toBe('it');
  });

  test('finds all that was merged before, also when somebody has deleted the branch or forced it', async () => {
    const repository = makeRepository(path.join(stage.folder, 'repositories', 'gone'), { a: 'a' });
    const ids = ['one', 'two', 'three', 'four', 'five'];
    const needs: Record<string, string[]> = { four: ['three'], five: ['four'] };
    const tasks = ids.map((id) => ({
      ...{ id, title: id, role: 'backend', input: { file: id }, dependsOn: needs[id] ?? [] },
    }));
    const plan = { version: 1, title: 'gone', tasks };
    const { run } = await submitRun(stage.fleet.maestro, { plan, repository });
    await planRun(stage.fleet.maestro, run.id);
    const branch = `aurora/${run.id}`;
    const perform = async (id: string) => {
      const { claimed, fence } = await stage.claim(run.id, id);
      const done = await stage.perform(claimed, fence);
      if (done.kind !== 'done') throw new Error(JSON.stringify(done));
      expect(await completeTask(stage.db, fence, done.completed)).toBe(true);
    };
    await perform('one');
    git(repository, 'branch', '-D', branch);
    await perform('two');

    // Gone between the work and its merge.
    const { claimed, fence } = await stage.claim(run.id, 'three');
    const workCommit = await commitWork(stage.workspaces(), claimed, fence, (directory) =>
      writeFileSync(path.join(directory, 'three'), 'three'),
    );
    await prepareOutcome(stage.db, fence, { workCommit, summary: null, result: null });
    git(repository, 'branch', '-D', branch);
    await perform('three');

    // Back to where it began, and aside.
    git(repository, 'update-ref', `refs/heads/${branch}`, 'main');
    await perform('four');
    git(repository, 'switch', '--quiet', '--detach', 'main');
    writeFileSync(path.join(repository, 'aside'), 'aside');
    git(repository, 'add', 'aside');
    git(repository, 'commit', '--quiet', '--message', 'Aside');
    git(repository, 'update-ref', `refs/heads/${branch}`, 'HEAD');
    await perform('five');
    const files = git(repository, 'ls-tree', '--name-only', branch).split('\n');
    expect(files).toEqual(['a', 'aside', ...ids].sort());
    const said = (await listMessages(stage.db, run.id)).flatMap(({ payload }) =>
      String(payload['stage']).startsWith('restored the branch') ? [payload['stage']] : [],
    );
    expect(said).toHaveLength(4);
  });
});
