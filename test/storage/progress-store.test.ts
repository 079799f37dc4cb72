import { expect, test } from 'vitest';
import { completeTask } from '../../src/storage/attempt-store.ts';
import { readPace, readProgress, readRemaining } from '../../src/storage/progress-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { tasks } from '../../src/storage/schema/index.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { emptyRecord, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();

test('the progress of a run never goes back, whatever is added to its work', async () => {
  const { db } = record.database;
  const runId = await startedRun(db, { one: [], two: ['one'] });
  const shown = async () => (await readProgress(db, [await getRun(db, runId)])).get(runId)?.share;
  const complete = async (id: string) =>
    completeTask(db, await take(db, runId, id), {
      ...{ ...emptyRecord, result: null, mergeCommit: null },
    });
  expect(await shown()).toBe(0);
  expect(await readRemaining(db, runId)).toBeNull();
  // Somebody who read the run before anything was done.
  const early = await getRun(db, runId);
  await complete('one');
  expect(await shown()).toBe(0.5);
  const two = await getTask(db, runId, 'two');
  await db.insert(tasks).values(
    [1, 2, 3].map((index) => ({
      ...two,
      ...{ id: `new-${index}`, position: 10 + index },
    })),
  );
  expect(await shown()).toBe(0.5);
  expect((await readProgress(db, [early])).get(runId)?.share).toBe(0.5);
  await complete('two');
  await complete('new-1');
  expect(await shown()).toBe(0.6);
  const pace = await readPace(db, ['backend', 'frontend']);
  expect([...pace.taskTime.keys()]).toEqual(['backend']);
  expect([...(pace.kindTime?.keys() ?? [])]).toEqual(['backend/']);
  // Two tasks are open, and one slot is all that is sure.
  const each = pace.kindTime?.get('backend/') as number;
  expect(await readRemaining(db, runId)).toBe(Math.round(2 * each));
  expect((await readPace(db, ['frontend'])).taskTime.size).toBe(0);
});
