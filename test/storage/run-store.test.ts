import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { completeTask } from '../../src/storage/attempt-store.ts';
import { listEscalations, resolveEscalation } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { savePlan } from '../../src/storage/plan-store.ts';
import { refreshBlocked } from '../../src/storage/refresh-blocked.ts';
import {
  createRun,
  finishRun,
  getRun,
  requestAbort,
  type NewRun,
} from '../../src/storage/run-store.ts';
import { registerWorker, stopWorker } from '../../src/storage/worker-store.ts';
import { listReadyTasks } from '../../src/storage/reconcile-store.ts';
import { listTasks } from '../../src/storage/task-store.ts';
import { emptyRecord, failAttempt, planOf, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();
const db = () => record.database.db;
const outcome = { ...emptyRecord, result: null, mergeCommit: null };
const broken = { class: 'error', message: 'broken' } as const;

const draft = (changes: Partial<NewRun> = {}): NewRun => ({
  project: 'a project',
  title: 'A run',
  source: { kind: 'requirement', text: 'Something' },
  repository: null,
  baseBranch: null,
  baseCommit: null,
  idempotencyKey: randomUUID(),
  shard: 0,
  ...changes,
});

describe('createRun', () => {
  test('ten at once with the same key make one run, and tell of it once', async () => {
    const request = draft({ project: randomUUID() });
    const answers = await Promise.all(Array.from({ length: 10 }, () => createRun(db(), request)));
    expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    const runId = answers[0]?.run.id as string;
    expect(await listMessages(db(), runId)).toHaveLength(1);
  });

  test('a key is good for one request', async () => {
    const request = draft();
    const { run } = await createRun(db(), request);
    for (const changes of [
      { source: { kind: 'requirement', text: 'Something else' } },
      { repository: '/another/repository' },
    ] as const) {
      await expect(createRun(db(), { ...request, ...changes })).rejects.toMatchObject({
        code: 'idempotency-conflict',
        message: expect.stringContaining(run.id) as string,
      });
    }
    // The same plan is the same, in whatever order its members come.
    const plan = { version: 1, title: 't', tasks: [{ id: 'a', title: 'A', role: 'backend' }] };
    const turned = { tasks: [{ role: 'backend', title: 'A', id: 'a' }], title: 't', version: 1 };
    const key = randomUUID();
    const make = (each: object) =>
      createRun(
        db(),
        draft({ idempotencyKey: key, source: { kind: 'plan', plan: each as never } }),
      );
    expect((await make(plan)).run.id).toBe((await make(turned)).run.id);
  });
});

test('a plan is saved once, by one of many', async () => {
  const { run } = await createRun(db(), draft());
  const plan = planOf(run.id, { a: [], b: ['a'] });
  const saved = await Promise.all(Array.from({ length: 5 }, () => savePlan(db(), plan)));
  expect(saved.filter(Boolean)).toHaveLength(1);
  expect(await listTasks(db(), run.id)).toHaveLength(2);
  const types = (await listMessages(db(), run.id)).map(({ type }) => type);
  expect(types).toEqual(['RUN_SUBMITTED', 'RUN_PLANNED', 'TASK_CREATED', 'TASK_CREATED']);
});

test('a plan that comes after the abort is not saved', async () => {
  const { run } = await createRun(db(), draft());
  await finishRun(db(), run.id, 'cancelled');
  expect(await savePlan(db(), planOf(run.id, { a: [] }))).toBe(false);
  expect(await listTasks(db(), run.id)).toEqual([]);
  await expect(requestAbort(db(), run.id)).rejects.toMatchObject({ code: 'state-conflict' });
});

describe('a run', () => {
  const stateOf = async (runId: string) => (await getRun(db(), runId)).state;

  test('is blocked when all that waits stands behind a failed task, however they end', async () => {
    for (let round = 0; round < 10; round++) {
      const runId = await startedRun(db(), {
        bad: [],
        good: [],
        after: ['bad', 'good'],
        far: ['after'],
      });
      const bad = await take(db(), runId, 'bad');
      const good = await take(db(), runId, 'good');
      await Promise.all([
        failAttempt(db(), bad, broken, null, emptyRecord).then(() => refreshBlocked(db(), runId)),
        completeTask(db(), good, outcome).then(() => refreshBlocked(db(), runId)),
      ]);
      expect(await stateOf(runId)).toBe('blocked');
      const told = (await listMessages(db(), runId)).filter(({ type }) => type === 'RUN_BLOCKED');
      expect(told).toHaveLength(1);
    }
  });

  test('is not blocked while something else can go on', async () => {
    const runId = await startedRun(db(), { bad: [], good: [], after: ['bad'] });
    await failAttempt(db(), await take(db(), runId, 'bad'), broken, null, emptyRecord);
    await refreshBlocked(db(), runId);
    expect(await stateOf(runId)).toBe('running');
  });

  test('is never left blocked by a look that is older than the answer', async () => {
    for (let round = 0; round < 20; round++) {
      const runId = await startedRun(db(), { bad: [] });
      await failAttempt(db(), await take(db(), runId, 'bad'), broken, null, emptyRecord);
      const [escalation] = await listEscalations(db(), runId);
      await Promise.all([
        refreshBlocked(db(), runId),
        refreshBlocked(db(), runId),
        resolveEscalation(db(), escalation?.id as string, { action: 'retry' }).then(() =>
          refreshBlocked(db(), runId),
        ),
      ]);
      expect(await stateOf(runId)).toBe('running');
    }
  });

  test('knows which tasks wait for nothing but a worker', async () => {
    const runId = await startedRun(db(), { a: [], b: [], c: ['a'], d: ['a', 'b'], e: [] });
    const ready = async () => (await listReadyTasks(db(), [runId], 10)).map(({ id }) => id);
    expect(await ready()).toEqual(['a', 'b', 'e']);
    await completeTask(db(), await take(db(), runId, 'a'), outcome);
    await registerWorker(db(), { id: 'wrk_test', host: 'here', process: 'this', slots: {} });
    await take(db(), runId, 'b');
    await failAttempt(db(), await take(db(), runId, 'e'), broken, 60_000, emptyRecord);
    expect(await ready()).toEqual(['c']);
    // Whoever held it is gone.
    await stopWorker(db(), 'wrk_test');
    expect(await ready()).toEqual(['b', 'c']);
  });
});
