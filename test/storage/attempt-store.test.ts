import { describe, expect, test } from 'vitest';
import {
  cancelClaimed,
  completeTask,
  noteAttempt,
  prepareOutcome,
  recordUsage,
  releaseTask,
  type Fence,
} from '../../src/storage/attempt-store.ts';
import { askHuman } from '../../src/storage/ask-store.ts';
import type { Db } from '../../src/storage/database.ts';
import { listEscalations, resolveEscalation } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { finishRun, nextGeneration, requestAbort } from '../../src/storage/run-store.ts';
import { isParked, parkTask, unparkTasks } from '../../src/storage/park-store.ts';
import { listReadyTasks } from '../../src/storage/reconcile-store.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { claim, emptyRecord, failAttempt, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();
const db = (): Db => record.database.db;

const outcome = { ...emptyRecord, result: null, mergeCommit: null };
const broken = { class: 'error', message: 'broken' } as const;

/** Everything that the record holds of a run, to see that nothing changed. */
const snapshot = async (runId: string) => ({
  task: await getTask(db(), runId, 'a'),
  attempts: await listAttempts(db(), runId),
  messages: await listMessages(db(), runId),
  escalations: await listEscalations(db(), runId),
});

describe('an attempt whose epoch is old', () => {
  const effects: Record<string, (fence: Fence) => Promise<unknown>> = {
    note: (fence) =>
      noteAttempt(db(), fence, { baseCommit: 'b' }, [
        {
          ...fence,
          type: 'TASK_PROGRESS',
          ...{ sender: 'agent:backend', recipient: 'maestro', payload: { stage: 'testing' } },
        },
      ]),
    prepare: (fence) =>
      prepareOutcome(db(), fence, { workCommit: 'w', summary: null, result: null }),
    complete: (fence) => completeTask(db(), fence, outcome),
    'fail for now': (fence) => failAttempt(db(), fence, broken, 1_000, emptyRecord),
    'fail for good': (fence) => failAttempt(db(), fence, broken, null, emptyRecord),
    release: (fence) => releaseTask(db(), fence, 'output'),
    cancel: (fence) => cancelClaimed(db(), fence),
  };

  for (const [name, effect] of Object.entries(effects)) {
    test(`cannot ${name}: nothing changes`, async () => {
      const runId = await startedRun(db(), { a: [] });
      const old = await take(db(), runId, 'a');
      await take(db(), runId, 'a');
      const before = await snapshot(runId);
      expect(await effect(old)).toBe(name === 'prepare' ? 'fenced' : false);
      expect(await snapshot(runId)).toEqual(before);
    });

    test(`cannot ${name} what it has completed itself`, async () => {
      const runId = await startedRun(db(), { a: [] });
      const fence = await take(db(), runId, 'a');
      expect(await completeTask(db(), fence, outcome)).toBe(true);
      const before = await snapshot(runId);
      expect(await effect(fence)).toBe(name === 'prepare' ? 'fenced' : false);
      expect(await snapshot(runId)).toEqual(before);
    });
  }

  test('has still spent what it has spent, which is recorded once and changes nothing else', async () => {
    const runId = await startedRun(db(), { a: [] });
    const old = await take(db(), runId, 'a');
    await take(db(), runId, 'a');
    const before = await snapshot(runId);
    const usage = { inputTokens: 10, costUsd: 0.5 };
    await recordUsage(db(), old, usage);
    await recordUsage(db(), old, { inputTokens: 99 });
    const after = await snapshot(runId);
    expect(after.attempts.map((attempt) => attempt.usage)).toEqual([usage, null]);
    const [lost, ...others] = after.attempts;
    expect({ ...after, attempts: [{ ...lost, usage: null }, ...others] }).toEqual(before);
  });
});

describe('a claim', () => {
  test('by ten at once gives each an epoch of its own, and only the last one counts', async () => {
    const runId = await startedRun(db(), { a: [] });
    const fences = await Promise.all(Array.from({ length: 10 }, () => take(db(), runId, 'a')));
    expect(fences.map((fence) => fence.epoch).sort((x, y) => x - y)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
    const completed = await Promise.all(fences.map((fence) => completeTask(db(), fence, outcome)));
    expect(completed.filter(Boolean)).toHaveLength(1);
    expect(completed[fences.findIndex((fence) => fence.epoch === 10)]).toBe(true);
    const states = (await listAttempts(db(), runId)).map((attempt) => attempt.state);
    expect(states).toEqual([...Array.from({ length: 9 }, () => 'lost'), 'succeeded']);
    // None of them failed: what crashed or was taken away costs no attempt.
    expect((await getTask(db(), runId, 'a')).failures).toBe(0);
    const told = (await listMessages(db(), runId)).filter(({ type }) => type === 'TASK_COMPLETE');
    expect(told).toHaveLength(1);
  });

  test('of a finished task finds it finished, whatever the assignment or flow', async () => {
    const runId = await startedRun(db(), { a: [] });
    await completeTask(db(), await take(db(), runId, 'a'), outcome);
    for (const other of [{}, { assignment: 7 }, { generation: 7 }]) {
      expect(await claim(db(), runId, 'a', other)).toEqual({ kind: 'finished', everParked: false });
    }
  });

  test('for an older assignment, an older flow or an unknown task steps aside', async () => {
    const runId = await startedRun(db(), { a: [] });
    expect((await claim(db(), runId, 'a', { assignment: 0 })).kind).toBe('stale');
    expect((await claim(db(), runId, 'b')).kind).toBe('stale');
    expect((await claim(db(), 'run_none', 'a')).kind).toBe('stale');
    expect(await nextGeneration(db(), runId)).toBe(1);
    expect((await claim(db(), runId, 'a')).kind).toBe('stale');
    expect((await claim(db(), runId, 'a', { generation: 1 })).kind).toBe('claimed');
  });

  test('before its backoff is over waits for the rest of it', async () => {
    const runId = await startedRun(db(), { a: [] });
    await failAttempt(db(), await take(db(), runId, 'a'), broken, 60_000, emptyRecord);
    const early = await claim(db(), runId, 'a');
    expect(early.kind).toBe('early');
    const delay = early.kind === 'early' ? early.delay : 0;
    expect(delay).toBeGreaterThan(0);
    expect(delay).toBeLessThanOrEqual(60_000);
  });

  test('after its backoff is the next attempt', async () => {
    const runId = await startedRun(db(), { a: [] });
    await failAttempt(db(), await take(db(), runId, 'a'), broken, 0, emptyRecord);
    const next = await claim(db(), runId, 'a');
    expect(next).toMatchObject({ kind: 'claimed', claimed: { attempt: 2, epoch: 2 } });
  });

  test('before its dependencies are finished waits', async () => {
    const runId = await startedRun(db(), { a: [], b: [], c: ['a', 'b'] });
    expect((await claim(db(), runId, 'c')).kind).toBe('early');
    await completeTask(db(), await take(db(), runId, 'a'), { ...outcome, result: { n: 1 } });
    expect((await claim(db(), runId, 'c')).kind).toBe('early');
    const b = await take(db(), runId, 'b');
    expect((await claim(db(), runId, 'c')).kind).toBe('early');
    await completeTask(db(), b, outcome);
    const result = await claim(db(), runId, 'c');
    const seen = result.kind === 'claimed' ? result.claimed.dependencies : [];
    expect(seen.map(({ id, result: left }) => [id, left])).toEqual([
      ['a', { n: 1 }],
      ['b', null],
    ]);
  });

  test('of a finally failed task says so, until somebody answers', async () => {
    const runId = await startedRun(db(), { a: [] });
    const fence = await take(db(), runId, 'a');
    await failAttempt(db(), fence, broken, null, emptyRecord);
    expect(await claim(db(), runId, 'a')).toEqual({ kind: 'failed', failure: broken });
    const [escalation, ...others] = await listEscalations(db(), runId);
    expect(others).toEqual([]);
    await resolveEscalation(db(), escalation?.id as string, { action: 'retry' });
    expect(await claim(db(), runId, 'a')).toMatchObject({
      kind: 'claimed',
      claimed: { attempt: 1 },
    });
  });

  test('in an aborted run ends the task', async () => {
    const runId = await startedRun(db(), { a: [], b: ['a'] });
    const held = await take(db(), runId, 'a');
    await requestAbort(db(), runId);
    expect(await claim(db(), runId, 'b')).toEqual({ kind: 'finished', everParked: false });
    expect(await claim(db(), runId, 'a')).toEqual({ kind: 'finished', everParked: false });
    expect(await completeTask(db(), held, outcome)).toBe(false);
    expect((await getTask(db(), runId, 'a')).state).toBe('cancelled');
  });
});

describe('work that waits for its merge', () => {
  const prepared = { workCommit: 'w', summary: 'did it', result: { n: 1 } };
  const workCommitOf = async (runId: string) => (await getTask(db(), runId, 'a')).workCommit;

  test('is given to whoever claims next', async () => {
    const runId = await startedRun(db(), { a: [] });
    expect(await prepareOutcome(db(), await take(db(), runId, 'a'), prepared)).toBe('prepared');
    const next = await claim(db(), runId, 'a');
    expect(next).toMatchObject({ kind: 'claimed', claimed: { task: prepared } });
  });

  test('outlives a transient failure, and no other', async () => {
    for (const [failureClass, left] of [
      ['transient', 'w'],
      ['conflict', null],
    ] as const) {
      const runId = await startedRun(db(), { a: [] });
      const fence = await take(db(), runId, 'a');
      await prepareOutcome(db(), fence, prepared);
      await failAttempt(db(), fence, { class: failureClass, message: 'm' }, 0, emptyRecord);
      expect(await workCommitOf(runId)).toBe(left);
    }
  });

  test('is done anew when a human says retry', async () => {
    const runId = await startedRun(db(), { a: [] });
    const fence = await take(db(), runId, 'a');
    await prepareOutcome(db(), fence, prepared);
    await failAttempt(db(), fence, { class: 'transient', message: 'm' }, null, emptyRecord);
    const [escalation] = await listEscalations(db(), runId);
    await resolveEscalation(db(), escalation?.id as string, { action: 'retry' });
    expect(await workCommitOf(runId)).toBe(null);
  });

  test('may not be published once the run is aborted', async () => {
    const runId = await startedRun(db(), { a: [] });
    const fence = await take(db(), runId, 'a');
    await requestAbort(db(), runId);
    expect(await prepareOutcome(db(), fence, prepared)).toBe('aborted');
    expect(await cancelClaimed(db(), fence)).toBe(true);
  });
});

describe('an escalation', () => {
  test('is answered once, by one of many', async () => {
    const runId = await startedRun(db(), { a: [] });
    await failAttempt(db(), await take(db(), runId, 'a'), broken, null, emptyRecord);
    const [escalation] = await listEscalations(db(), runId);
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        resolveEscalation(db(), escalation?.id as string, { action: 'skip' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await getTask(db(), runId, 'a')).state).toBe('skipped');
  });

  test('is closed with its run', async () => {
    const runId = await startedRun(db(), { a: [] });
    await failAttempt(db(), await take(db(), runId, 'a'), broken, null, emptyRecord);
    await requestAbort(db(), runId);
    await claim(db(), runId, 'a');
    const [escalation] = await listEscalations(db(), runId);
    await expect(
      resolveEscalation(db(), escalation?.id as string, { action: 'skip' }),
    ).rejects.toMatchObject({
      code: 'state-conflict',
    });
    await finishRun(db(), runId, 'cancelled');
    expect(await listEscalations(db(), runId)).toEqual([]);
  });
});

test('an agent asks so often and no more, until a person has decided about its failure', async () => {
  const runId = await startedRun(db(), { a: [] });
  const ask = async () => {
    const fence = await take(db(), runId, 'a');
    return [fence, await askHuman(db(), fence, { question: 'Which?' }, emptyRecord, 2)] as const;
  };
  const answer = async (action: 'answer' | 'retry') => {
    const [open] = await listEscalations(db(), runId);
    const given = action === 'answer' ? { action, answer: 'this' } : { action };
    await resolveEscalation(db(), open?.id as string, given);
  };
  for (const _ of [1, 2]) {
    expect((await ask())[1]).toBe('asked');
    await answer('answer');
  }
  const [fence, third] = await ask();
  expect(third).toBe('refused');
  await failAttempt(db(), fence, { class: 'permanent', message: 'asks again' }, null, emptyRecord);
  await answer('retry');
  expect((await ask())[1]).toBe('asked');
});

describe('a parked task', () => {
  test('cannot be claimed before it is freed', async () => {
    const runId = await startedRun(db(), { a: [], b: [], c: [] });
    for (const id of ['a', 'b']) await parkTask(db(), { runId, id }, 'room');
    await parkTask(db(), { runId, id: 'c' }, 'resume');
    expect(await claim(db(), runId, 'a')).toEqual({ kind: 'parked' });
    expect(await listReadyTasks(db(), [runId], 10)).toEqual([]);
    expect(await unparkTasks(db(), runId, 'room', ['a'])).toEqual([
      { runId, id: 'a', assignment: 1 },
    ]);
    expect(await unparkTasks(db(), runId, 'room', ['a'])).toEqual([]);
    expect(await isParked(db(), runId, 'a')).toBe(false);
    expect(await isParked(db(), runId, 'b')).toBe(true);
    const fence = await take(db(), runId, 'a');
    // Only what waits is parked: a running attempt has its slot.
    await parkTask(db(), { runId, id: 'a' }, 'room');
    expect(await isParked(db(), runId, 'a')).toBe(false);
    expect(await completeTask(db(), fence, outcome)).toBe(true);
    expect(await claim(db(), runId, 'a')).toEqual({ kind: 'finished', everParked: true });
  });

  test('is freed by an abort, and cancelled', async () => {
    const runId = await startedRun(db(), { a: [], b: [] });
    await parkTask(db(), { runId, id: 'a' }, 'answer');
    await requestAbort(db(), runId);
    expect((await getTask(db(), runId, 'a')).parkedFor).toBeNull();
    // Parked by somebody who had not seen the abort yet: nobody waits for it all the same.
    await parkTask(db(), { runId, id: 'b' }, 'answer');
    expect(await isParked(db(), runId, 'b')).toBe(false);
    expect(await claim(db(), runId, 'b')).toEqual({ kind: 'finished', everParked: true });
    expect(await getTask(db(), runId, 'b')).toMatchObject({ state: 'cancelled', parkedFor: null });
  });
});
