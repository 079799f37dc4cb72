import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { completeTask, releaseTask, type Fence } from '../../src/storage/attempt-store.ts';
import {
  countPreventedConflicts,
  findPrevented,
  listPreventedConflicts,
} from '../../src/storage/prevented-conflict-store.ts';
import { recordMergeConflicts } from '../../src/storage/merge-conflict-store.ts';
import { pruneHistory } from '../../src/storage/retention-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { readClaimFacts } from '../../src/storage/claim-facts.ts';
import { noteSeenFiles } from '../../src/storage/seen-files-store.ts';
import { getTask, listTasks } from '../../src/storage/task-store.ts';
import { readRunReasons } from '../../src/storage/waiting-store.ts';
import { freeBehind, freeOverdueWays, freeWaysOf } from '../../src/storage/way-store.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { claim, emptyRecord, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();
const db = () => record.database.db;
const ids = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id);
const overdueOf = async (...runIds: string[]) =>
  (await freeOverdueWays(db())).filter(({ runId }) => runIds.includes(runId));
const parkedFor = async (runId: string, id: string) => (await getTask(db(), runId, id)).parkedFor;
const done = async (fence: Fence, files: string[] | null = null, scope: string[] = []) => {
  const subject = { runId: fence.runId, task: { id: fence.taskId, scope } };
  const prevented = files === null ? [] : await findPrevented(db(), subject, files);
  const outcome = { ...emptyRecord, result: null, mergeCommit: null, files, prevented };
  expect(await completeTask(db(), fence, outcome)).toBe(true);
};

/** `first` runs and changes `f`; `second` says that it will. */
const meeting = async (ready: Record<string, string[]>) => {
  const plan = { first: [], second: [], ...ready };
  const runId = await startedRun(db(), plan, { first: ['f'], second: ['f', 'g'] });
  const first = await take(db(), runId, 'first');
  await noteSeenFiles(db(), first, ['f']);
  return { runId, first };
};

describe('a task that would change what another is changing', () => {
  test('lets it go first while there is other work, and says so, until that is over', async () => {
    const { runId, first } = await meeting({ other: [] });
    expect(await claim(db(), runId, 'second')).toMatchObject({ kind: 'parked' });
    expect(await parkedFor(runId, 'second')).toBe('files');
    const reasons = await readRunReasons(
      db(),
      await getRun(db(), runId),
      await listTasks(db(), runId),
    );
    expect(reasons.get('second')).toMatch(/^lets first go first, which changes f:/);
    expect(await overdueOf(runId)).toEqual([]);
    expect(await freeBehind(db(), { runId, taskId: 'other' })).toEqual([]);
    await done(first, ['f']);
    expect(ids(await freeBehind(db(), first))).toEqual(['second']);
    expect(await claim(db(), runId, 'second')).toMatchObject({ kind: 'claimed' });
  });

  test('lets it go first before it changes anything, if its scope has the file by name', async () => {
    const plan = { first: [], second: [], third: [], other: [] };
    const scopes = { first: ['f', 'src/**'], second: ['**/f'], third: ['src/g'] };
    const runId = await startedRun(db(), plan, scopes);
    // All ask at the same moment, as the slots of a worker do that finds a new run.
    const claims = await Promise.all(
      ['first', 'second', 'third'].map((id) => claim(db(), runId, id)),
    );
    expect(claims.map(({ kind }) => kind)).toEqual(['claimed', 'parked', 'claimed']);
    expect((await getTask(db(), runId, 'second')).gaveWay).toEqual([{ to: 'first', file: 'f' }]);
  });

  test('starts where its slot would be empty, or only work that meets it is ready', async () => {
    const alone = await meeting({ later: ['second'] });
    expect(await claim(db(), alone.runId, 'second')).toMatchObject({ kind: 'claimed' });
  });

  test('goes on when its agent has nothing else to do, and is not held by the same one again', async () => {
    const { runId } = await meeting({ other: [] });
    await claim(db(), runId, 'second');
    expect(ids(await freeWaysOf(db(), ['nobody']))).toEqual([]);
    expect(ids(await freeWaysOf(db(), ['backend']))).toContain('second');
    expect(await claim(db(), runId, 'second')).toMatchObject({ kind: 'claimed' });
  });

  test('is found by the reconciler when nobody told it: late, or behind an attempt that is over', async () => {
    const { runId, first } = await meeting({ other: [] });
    await claim(db(), runId, 'second');
    await releaseTask(db(), first, null);
    const late = await meeting({ other: [] });
    await claim(db(), late.runId, 'second');
    await db().execute(
      sql`UPDATE aurora.tasks SET parked_at = now() - interval '3 minutes' WHERE run_id = ${late.runId} AND parked_for IS NOT NULL`,
    );
    expect(ids(await overdueOf(runId, late.runId))).toEqual(['second', 'second']);
  });

  test('finds the work that can start behind much that cannot', async () => {
    const blocked = Array.from({ length: 60 }, (_, index) => [`later${index}`, ['second']]);
    const { runId } = await meeting({ ...Object.fromEntries(blocked), other: [] });
    expect(await claim(db(), runId, 'second')).toMatchObject({ kind: 'parked' });
  });

  test('waits neither for one that is just being ended or claimed nor for its lock', async () => {
    const { runId } = await meeting({ other: [] });
    await db().transaction(async (tx) => {
      await readClaimFacts(tx, [{ runId, taskId: 'first' }]);
      expect(await claim(db(), runId, 'second')).toMatchObject({ kind: 'claimed' });
    });
  });

  test('is weighed only where a file begins as its scope does', async () => {
    const plan = { first: [], near: [], open: [], far: [] };
    const scopes = {
      first: ['a/f'],
      near: ['b', 'a/?.ts'],
      open: ['**/*.md'],
      far: ['a/g', 'b/**'],
    };
    const runId = await startedRun(db(), plan, scopes);
    await noteSeenFiles(db(), await take(db(), runId, 'first'), ['a/f']);
    const names = Object.keys(plan).map((taskId) => ({ runId, taskId }));
    const facts = await db().transaction((tx) => readClaimFacts(tx, names));
    expect(facts.map((one) => one?.mayGiveWay)).toEqual([false, true, true, false]);
  });

  test('counts as one that changes it as soon as it runs, for those behind it', async () => {
    const { runId, first } = await meeting({ other: [], more: [] });
    await db().execute(
      sql`UPDATE aurora.tasks SET spec = spec || '{"scope": ["f"]}' WHERE run_id = ${runId} AND id = 'more'`,
    );
    for (const id of ['second', 'more']) await claim(db(), runId, id);
    await done(first, ['f']);
    expect(ids(await freeBehind(db(), first)).sort()).toEqual(['more', 'second']);
    await take(db(), runId, 'second');
    expect(await claim(db(), runId, 'more')).toMatchObject({ kind: 'parked' });
    expect((await getTask(db(), runId, 'more')).gaveWay?.map(({ to }) => to)).toEqual([
      'first',
      'second',
    ]);
  });
});

describe('a conflict counts as prevented', () => {
  test('once, where a task that let another go first has then changed the same file', async () => {
    const { runId, first } = await meeting({ other: [] });
    await claim(db(), runId, 'second');
    await done(first, ['f', 'h']);
    await freeBehind(db(), first);
    const before = (await countPreventedConflicts(db())).find(({ by }) => by === 'claim');
    await take(db(), runId, 'second');
    // Its worker died, and another one does it.
    const second = await take(db(), runId, 'second');
    await done(second, ['f', 'g'], ['f', 'g']);
    expect(await listPreventedConflicts(db(), runId)).toMatchObject([
      { taskId: 'second', otherId: 'first', path: 'f', by: 'claim' },
    ]);
    const after = (await countPreventedConflicts(db())).find(({ by }) => by === 'claim');
    expect(after?.count).toBe((before?.count ?? 0) + 1);
  });

  test('for good, also when the record has forgotten the run', async () => {
    const { runId, first } = await meeting({ other: [] });
    await claim(db(), runId, 'second');
    await done(first, ['f']);
    await freeBehind(db(), first);
    await done(await take(db(), runId, 'second'), ['f'], ['f']);
    const conflict = { path: 'f', line: 1, key: 'k', resolver: 'tokens', confidence: 1 };
    const ended = { resolved: true, lines: [], doubt: null, verified: null };
    await recordMergeConflicts(db(), first, [{ ...conflict, ...ended }]);
    const scrape = async () => {
      const text = await createMetrics({
        ...{ db: db(), countQueueJobs: () => Promise.resolve([]), onQueueError: () => undefined },
      }).text();
      return text.match(/^aurora_merge_conflicts_(?:prevented_)?total\{.*$/gm);
    };
    const before = await scrape();
    expect(before).toContainEqual(expect.stringMatching(/prevented_total\{by="claim"\} [1-9]/));
    expect(before).toContainEqual(expect.stringMatching(/"tokens",outcome="resolved"\} 1$/));
    await db().execute(
      sql`UPDATE aurora.runs SET finished_at = '2000-01-01', left_queue_at = now() WHERE id = ${runId}`,
    );
    expect(await pruneHistory(db(), 90)).toBe(1);
    expect(await listPreventedConflicts(db(), runId)).toEqual([]);
    expect(await scrape()).toEqual(before);
  });

  test('not where it began while the other was under way', async () => {
    const { runId, first } = await meeting({ other: [] });
    await claim(db(), runId, 'second');
    await freeWaysOf(db(), ['backend']);
    const second = await take(db(), runId, 'second');
    await done(first, ['f']);
    await done(second, ['f'], ['f', 'g']);
    expect(await listPreventedConflicts(db(), runId)).toEqual([]);
  });

  test('where the plan has one wait for the other, and both said that they would change the file', async () => {
    const scopes = { a: ['x', 'y'], b: ['x'], c: ['y'] };
    const runId = await startedRun(db(), { a: [], b: ['a'], c: ['a', 'b'], d: ['a'] }, scopes);
    await done(await take(db(), runId, 'a'), ['x', 'y', 'z'], scopes.a);
    await done(await take(db(), runId, 'b'), ['x', 'z'], scopes.b);
    await done(await take(db(), runId, 'c'), ['x'], scopes.c);
    await done(await take(db(), runId, 'd'), ['x']);
    expect(await listPreventedConflicts(db(), runId)).toMatchObject([
      { taskId: 'b', otherId: 'a', path: 'x', by: 'order' },
    ]);
  });
});
