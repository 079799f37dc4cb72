import { expect, test } from 'vitest';
import type { Db } from '../../src/storage/database.ts';
import { groupCommit } from '../../src/storage/group-commit.ts';

/** Only told apart here: what writes to it is ours. */
const newDb = () => ({}) as Db;

test('what comes at once is written in one go, what comes meanwhile in the next', async () => {
  const groups: number[][] = [];
  let begin: (() => void) | undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let finish: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const write = groupCommit(async (_db, items: readonly number[]) => {
    groups.push([...items]);
    begin?.();
    await finished;
    return items.map((item) => item * 2);
  });
  const db = newDb();
  const first = [1, 2, 3].map((item) => write(db, item));
  await begun;
  const second = [4, 5].map((item) => write(db, item));
  const elsewhere = write(newDb(), 6);
  finish?.();
  expect(await Promise.all([...first, ...second, elsewhere])).toEqual([2, 4, 6, 8, 10, 12]);
  expect(groups.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([[1, 2, 3], [4, 5], [6]]);
});

test('of a group that cannot be written only the culprit fails', async () => {
  const write = groupCommit(async (_db, items: readonly number[]) => {
    if (items.includes(2)) throw new Error('two');
    return items;
  });
  const db = newDb();
  const answers = await Promise.allSettled([1, 2, 3].map((item) => write(db, item)));
  expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await write(db, 9)).toBe(9);
});
