import { setImmediate as breathe } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { completeTask, noteAttempt } from '../../src/storage/attempt-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import type { Message } from '../../src/domain/message.ts';
import { emptyRecord, failAttempt, startedRun, take } from './planned-run.ts';
import { useTestRecord } from './test-record.ts';

const record = useTestRecord();

test('a reader who resumes after the last id misses nothing, whoever writes at once', async () => {
  const { db } = record.database;
  const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const runId = await startedRun(db, Object.fromEntries(names.map((name) => [name, []])));
  const other = await startedRun(db, Object.fromEntries(names.map((name) => [name, []])));

  let writing = true;
  const read = async (): Promise<Message[]> => {
    const seen: Message[] = [];
    for (let last = false; ;) {
      const page = await listMessages(db, runId, seen.at(-1)?.id, 7);
      seen.push(...page);
      if (page.length > 0) continue;
      if (last) return seen;
      // Once more after the last writer is done.
      last = !writing;
      await breathe();
    }
  };
  const write = async (run: string, taskId: string) => {
    for (let round = 0; round < 5; round++) {
      const fence = await take(db, run, taskId);
      const note = { ...fence, sender: 'agent:backend' };
      await noteAttempt(db, fence, { lessons: [taskId] }, [
        { ...note, type: 'TASK_PROGRESS', recipient: 'maestro', payload: { stage: `${round}` } },
        { ...note, type: 'CONTEXT_REQUEST', recipient: 'memory', payload: { query: `${round}` } },
      ]);
      if (round === 4) {
        await completeTask(db, fence, { ...emptyRecord, result: null, mergeCommit: null });
      } else {
        await failAttempt(db, fence, { class: 'error', message: 'no' }, 0, emptyRecord);
      }
    }
  };
  const readers = [read(), read(), read()];
  await Promise.all([
    ...names.map((name) => write(runId, name)),
    ...names.map((name) => write(other, name)),
  ]);
  writing = false;
  const everything = await listMessages(db, runId, 0, 10_000);
  // Submitted, planned, started; created; five times assigned, noted twice, ended.
  expect(everything).toHaveLength(3 + 12 + 12 * 5 * 4);
  for (const seen of await Promise.all(readers)) {
    expect(seen.map(({ id }) => id)).toEqual(everything.map(({ id }) => id));
  }
});
