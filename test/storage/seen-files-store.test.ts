import { expect, test } from 'vitest';
import { completeTask } from '../../src/storage/attempt-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { listNews } from '../../src/storage/news-store.ts';
import { noteSeenFiles } from '../../src/storage/seen-files-store.ts';
import { listAttempts } from '../../src/storage/task-store.ts';
import { emptyRecord, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();
const db = () => record.database.db;

/** Who was told of whom, and of which files. */
const sharings = async (runId: string) =>
  (await listMessages(db(), runId))
    .filter(({ type }) => type === 'FILES_SHARED')
    .map(({ taskId, payload }) => [taskId, payload['with'], payload['files']])
    .sort();

test('two that change the same file learn it of each other, once for each file', async () => {
  const runId = await startedRun(db(), { a: [], b: [], c: [] });
  const [a, b, c] = [
    await take(db(), runId, 'a'),
    await take(db(), runId, 'b'),
    await take(db(), runId, 'c'),
  ];
  expect(await noteSeenFiles(db(), a, ['x', 'y'])).toBe(false);
  expect(await noteSeenFiles(db(), b, ['y', 'z'])).toBe(true);
  const first = [
    ['a', 'b', ['y']],
    ['b', 'a', ['y']],
  ];
  expect(await sharings(runId)).toEqual(first);
  expect(await noteSeenFiles(db(), a, ['x', 'y'])).toBe(false);
  expect(await noteSeenFiles(db(), c, ['w'])).toBe(false);
  expect(await noteSeenFiles(db(), b, ['x', 'y', 'z'])).toBe(true);
  expect(await sharings(runId)).toEqual([...first, ['a', 'b', ['x']], ['b', 'a', ['x']]].sort());
  expect(await listNews(db(), a, 0)).toMatchObject([
    { taskId: 'b', tags: ['files-shared'], shared: { files: ['y'] } },
    { taskId: 'b', shared: { files: ['x'] } },
  ]);
  expect(await listNews(db(), c, 0)).toEqual([]);
});

test('those that note it at the same moment learn it, too', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const runId = await startedRun(db(), Object.fromEntries(ids.map((id) => [id, []])));
  const fences = await Promise.all(ids.map((id) => take(db(), runId, id)));
  await Promise.all(fences.map((fence) => noteSeenFiles(db(), fence, ['x'])));
  const pairs = ids.flatMap((one) => ids.filter((id) => id !== one).map((other) => [one, other]));
  expect((await sharings(runId)).map(([one, other]) => [one, other])).toEqual(pairs);
});

test('an attempt claims its files no longer than it runs, and none with an old epoch', async () => {
  const runId = await startedRun(db(), { a: [], b: [] });
  const old = await take(db(), runId, 'a');
  const current = await take(db(), runId, 'a');
  const b = await take(db(), runId, 'b');
  await noteSeenFiles(db(), b, ['x']);
  expect(await noteSeenFiles(db(), old, ['x'])).toBe(false);
  const noted = async () =>
    (await listAttempts(db(), runId, ['a'])).map(({ epoch, files }) => [epoch, files]);
  expect(await noted()).toEqual([
    [old.epoch, null],
    [current.epoch, null],
  ]);
  const outcome = { ...emptyRecord, result: null, mergeCommit: null };
  expect(await completeTask(db(), b, outcome)).toBe(true);
  expect(await noteSeenFiles(db(), current, ['x'])).toBe(false);
  expect(await sharings(runId)).toEqual([]);
});
