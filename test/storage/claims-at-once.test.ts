import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { completeTask, noteAttempt, type Fence } from '../../src/storage/attempt-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { runs } from '../../src/storage/schema/index.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { claim, emptyRecord, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();
const db = () => record.database.db;
const outcome = { ...emptyRecord, result: null, mergeCommit: null };

test('claims at once are each judged by themselves', async () => {
  const runId = await startedRun(db(), { a: [], b: [], c: ['a'], d: [], e: [] });
  const limited = await startedRun(db(), { x: [], y: [] });
  await db().update(runs).set({ maxParallel: 1 }).where(eq(runs.id, limited));
  const paused = await startedRun(db(), { p: [] });
  await db().update(runs).set({ pausedAt: new Date() }).where(eq(runs.id, paused));
  await completeTask(db(), await take(db(), runId, 'e'), outcome);
  const claims = await Promise.all([
    claim(db(), runId, 'b'),
    claim(db(), runId, 'a'),
    claim(db(), runId, 'c'),
    claim(db(), runId, 'd', { assignment: 7 }),
    claim(db(), runId, 'e'),
    claim(db(), runId, 'unknown'),
    claim(db(), limited, 'x'),
    claim(db(), limited, 'y'),
    claim(db(), paused, 'p'),
    claim(db(), runId, 'b', { generation: 3 }),
  ]);
  const kinds = claims.map(({ kind }) => kind);
  expect(kinds.slice(0, 6)).toEqual(['claimed', 'claimed', 'early', 'stale', 'finished', 'stale']);
  expect(kinds.slice(6, 8).sort()).toEqual(['claimed', 'parked']);
  expect(kinds.slice(8)).toEqual(['parked', 'stale']);
  expect((await getTask(db(), paused, 'p')).parkedFor).toBe('resume');
});

test('of two that claim one task at once the second fences the first', async () => {
  const runId = await startedRun(db(), { a: [] });
  const claims = await Promise.all([claim(db(), runId, 'a'), claim(db(), runId, 'a')]);
  expect(claims.map((each) => each.kind === 'claimed' && each.claimed.epoch)).toEqual([1, 2]);
  const states = (await listAttempts(db(), runId)).map(({ state }) => state);
  expect(states).toEqual(['lost', 'running']);
});

test('outcomes at once are refused one by one, and what cannot be told spoils only itself', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const runId = await startedRun(db(), Object.fromEntries(ids.map((id) => [id, []])));
  const [a, b, c, d] = (await Promise.all(ids.map((id) => take(db(), runId, id)))) as [
    Fence,
    Fence,
    Fence,
    Fence,
  ];
  const say = (fence: Fence, stage: string) =>
    noteAttempt(db(), fence, { lessons: [stage] }, [
      {
        ...fence,
        type: 'TASK_PROGRESS',
        sender: 'agent:backend',
        recipient: 'maestro',
        payload: { stage },
      },
    ]);
  const old = { ...b, epoch: 0 };
  const notes = await Promise.allSettled([
    say(a, 'one'),
    say(old, 'two'),
    say(c, ''),
    say(d, 'four'),
  ]);
  expect(notes.map((note) => (note.status === 'fulfilled' ? note.value : 'thrown'))).toEqual([
    true,
    false,
    'thrown',
    true,
  ]);
  const completed = await Promise.all(
    [a, old, c, { ...d, taskId: 'unknown' }, a].map((fence) =>
      completeTask(db(), fence, { ...outcome, summary: `done ${fence.taskId}`, result: { n: 1 } }),
    ),
  );
  expect(completed).toEqual([true, false, true, false, false]);
  const states = await Promise.all(ids.map((id) => getTask(db(), runId, id)));
  expect(states.map(({ state, summary }) => [state, summary])).toEqual([
    ['done', 'done a'],
    ['running', null],
    ['done', 'done c'],
    ['running', null],
  ]);
  expect(states[0]?.result).toEqual({ n: 1 });
  const told = (await listMessages(db(), runId)).filter(({ epoch }) => epoch !== null);
  expect(told.map(({ type, taskId }) => `${type} ${taskId}`).sort()).toEqual([
    'TASK_ASSIGNED a',
    'TASK_ASSIGNED b',
    'TASK_ASSIGNED c',
    'TASK_ASSIGNED d',
    'TASK_COMPLETE a',
    'TASK_COMPLETE c',
    'TASK_PROGRESS a',
    'TASK_PROGRESS d',
  ]);
});
