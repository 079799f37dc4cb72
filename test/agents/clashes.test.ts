import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ClashBrief } from '../../src/domain/merge-clash.ts';
import { describeEscalation } from '../../src/maestro/describe-escalation.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { completeTask, prepareOutcome } from '../../src/storage/attempt-store.ts';
import { listEscalations, resolveEscalation } from '../../src/storage/escalation-store.ts';
import { listAttempts } from '../../src/storage/task-store.ts';
import { commitWork } from '../e2e/dead-worker.ts';
import { failAttempt } from '../storage/planned-run.ts';
import { git, makeRepository } from '../support/repository.ts';
import { openAttemptStage } from './attempt-stage.ts';

// Dozens of git processes each, where many tests share few cores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

type Files = Record<string, string>;

describe('work that clashes with what others merged meanwhile', () => {
  let stage: Awaited<ReturnType<typeof openAttemptStage>>;
  beforeAll(async () => {
    stage = await openAttemptStage();
  });
  afterAll(() => stage.fleet.close());

  /** Tasks whose works start from one commit; all but the last are merged without a check. */
  const race = async (
    name: string,
    files: Files,
    works: Record<string, Files>,
    last: { verify?: string[]; input?: object },
  ) => {
    const origin = makeRepository(path.join(stage.folder, 'repositories', name), files);
    const ids = Object.keys(works);
    const lastId = ids.at(-1) as string;
    const tasks = ids.map((id) => ({
      ...{ id, title: `Do ${id}`, role: 'backend', prompt: `The intent of ${id}.` },
      ...(id === lastId ? last : {}),
    }));
    const plan = { version: 1, title: name, tasks };
    const { run } = await submitRun(stage.fleet.maestro, { plan, repository: origin });
    await planRun(stage.fleet.maestro, run.id);
    for (const [id, changes] of Object.entries(works)) {
      const { claimed, fence } = await stage.claim(run.id, id);
      const workCommit = await commitWork(stage.workspaces(), claimed, fence, (directory) => {
        for (const [file, text] of Object.entries(changes)) {
          writeFileSync(path.join(directory, file), text);
        }
      });
      await prepareOutcome(stage.db, fence, { workCommit, summary: `did ${id}`, result: null });
    }
    const attempt = async (id: string) => {
      const { claimed, fence } = await stage.claim(run.id, id);
      const outcome = await stage.perform(claimed, fence);
      return { fence, outcome };
    };
    for (const id of ids.slice(0, -1)) {
      const { fence, outcome } = await attempt(id);
      if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
      await completeTask(stage.db, fence, outcome.completed);
    }
    /** One attempt at the last task; a failure is recorded, and the next attempt may follow. */
    const tryLast = async (isFinal = false) => {
      const { fence, outcome } = await attempt(lastId);
      if (outcome.kind === 'failed') {
        const { failure, record } = outcome;
        await failAttempt(stage.db, fence, failure, isFinal ? null : 0, record);
      }
      return outcome;
    };
    const show = (file: string) => git(origin, 'show', `aurora/${run.id}:${file}`);
    return { origin, run, tryLast, show, branch: `aurora/${run.id}` };
  };

  test('a conflict is settled by the next attempt, which gets both sides', async () => {
    const { tryLast, show, run, origin, branch } = await race(
      'settled',
      { a: 'x = 1\n' },
      { one: { a: 'x = 2\n' }, two: { a: 'x = 3\n' } },
      { input: { settle: { a: 'x = 5\n' } } },
    );
    const first = await tryLast();
    expect(first).toMatchObject({
      failure: {
        class: 'conflict',
        message: expect.stringContaining('"one"'),
        clash: { kind: 'conflict', files: ['a'], others: [{ taskId: 'one' }] },
      },
    });
    const second = await tryLast();
    if (second.kind !== 'done') throw new Error(JSON.stringify(second));
    const { clash, seen } = second.completed.result as { clash: ClashBrief; seen: string[] };
    expect(seen[0]).toMatch(/^<{7} HEAD\nx = 2\n\|{7} .*\nx = 1\n={7}\nx = 3\n>{7} /);
    expect(clash).toMatchObject({
      own: { taskId: 'two', prompt: 'The intent of two.', diff: expect.stringContaining('+x = 3') },
      others: [
        {
          ...{ taskId: 'one', prompt: 'The intent of one.', summary: 'did one' },
          diff: expect.stringContaining('+x = 2'),
        },
      ],
    });
    expect(show('a')).toBe('x = 5');
    const [, before, last] = await listAttempts(stage.db, run.id, ['two']);
    expect(last?.mergeOf).toBe(before?.workCommit);
    const subjects = git(origin, 'log', '--first-parent', '--format=%s', branch).split('\n');
    expect(subjects.slice(0, 2)).toEqual(['Merge two: Do two', 'Merge one: Do one']);
    expect(git(origin, 'log', '--format=%H', branch)).toContain(before?.workCommit);
  });

  test('an agent that cannot settle it does the task anew, and at last a person is asked', async () => {
    const { tryLast, run } = await race(
      'unsettled',
      { a: 'x = 1\n' },
      { one: { a: 'x = 2\n' }, two: { a: 'x = 3\n' } },
      { input: { settle: { a: '<<<<<<< HEAD\nx = 2\n=======\nx = 3\n>>>>>>> two\n' } } },
    );
    await tryLast();
    const unsettled = await tryLast(true);
    expect(unsettled).toMatchObject({
      failure: { class: 'conflict', message: expect.stringContaining('conflicts are left in a') },
    });
    const [escalation] = await listEscalations(stage.db, run.id);
    expect(escalation).toMatchObject({ kind: 'conflict', taskId: 'two' });
    const found = await describeEscalation(stage.fleet.maestro, escalation?.id as string);
    expect(found.actions).toContain('retry');
    expect(found.clash).toMatchObject({
      files: ['a'],
      others: [{ taskId: 'one', diff: expect.stringContaining('+x = 2') }],
    });
    await resolveEscalation(stage.db, escalation?.id as string, { action: 'retry' });
    const afresh = await tryLast();
    if (afresh.kind !== 'done') throw new Error(JSON.stringify(afresh));
    expect(afresh.completed.result).toMatchObject({ handedOver: [] });
  });

  test('a red check of the merge is traced to the task that it clashes with', async () => {
    const check = 'test -e own || exit 1; ! test -e three || ! test -e own\n';
    const { tryLast, show } = await race(
      'pair',
      { 'check.sh': check },
      {
        ...{ one: { one: '1\n' }, two: { two: '1\n' }, three: { three: '1\n' } },
        ...{ four: { four: '1\n' }, last: { own: '1\n' } },
      },
      { verify: ['sh', 'check.sh'], input: { settle: { 'check.sh': 'test -e own\n' } } },
    );
    expect(await tryLast()).toMatchObject({
      failure: {
        class: 'verify',
        message: expect.stringContaining('once that is merged with what "three" merged'),
        clash: { kind: 'check', others: [{ taskId: 'three' }], isOthersAlone: false },
      },
    });
    // The next attempt starts from the merge, whose texts do not disagree.
    expect((await tryLast()).kind).toBe('done');
    expect([show('own'), show('four'), show('check.sh')]).toEqual(['1', '1', 'test -e own']);
  });

  test('a branch that is red by itself is not held against the work', async () => {
    const { tryLast } = await race(
      'alone',
      { 'check.sh': '! test -e broken\n' },
      { one: { one: '1\n' }, two: { broken: '1\n' }, last: { own: '1\n' } },
      { verify: ['sh', 'check.sh'] },
    );
    expect(await tryLast()).toMatchObject({
      failure: {
        message: expect.stringContaining('red by itself since "two" was merged'),
        clash: { others: [{ taskId: 'two' }], isOthersAlone: true },
      },
    });
  });
});
