import { expect, onTestFinished, test, vi } from 'vitest';
import { FencedOut } from '../../src/agents/fenced-out.ts';
import type { TaskRunnerDeps } from '../../src/agents/task-runner-deps.ts';
import {
  untilHandedOver,
  whenRepositoryAnswers,
} from '../../src/agents/when-repository-answers.ts';
import { AuroraError } from '../../src/domain/errors.ts';
import { type Database, openDatabase } from '../../src/storage/database.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { claim, startedRun } from '../storage/planned-run.ts';
import { useTestRecord } from '../storage/test-record.ts';

const record = useTestRecord();

const full = new AuroraError('disk-full', 'There is no space left.');
const options = (told: string[] = []) => ({
  ...{ signal: new AbortController().signal, random: () => 0 },
  tell: async (why: string) => void told.push(why),
});

test('work waits for space, however long it took until there was none, and says so once', async () => {
  const told: string[] = [];
  let tries = 0;
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const save = () => {
    if (tries++ > 0) return Promise.resolve('saved');
    vi.setSystemTime(Date.now() + 3_600_000);
    return Promise.reject(full);
  };
  expect(await untilHandedOver(save, options(told))).toBe('saved');
  expect(told).toEqual(['There is no space left.']);
});

test('in the end it counts as a failed attempt, and what nobody else mends does at once', async () => {
  const save = () => Promise.reject(full);
  await expect(untilHandedOver(save, { ...options(), patience: 0 })).rejects.toMatchObject({
    code: 'git-failed',
    cause: full,
  });
  const damaged = new AuroraError('worktree-damaged', 'no');
  await expect(untilHandedOver(() => Promise.reject(damaged), options())).rejects.toBe(damaged);
  const signal = AbortSignal.abort();
  await expect(untilHandedOver(save, { ...options(), signal })).rejects.toBe(full);
});

test('no long words of git and no database that is away end the waiting; a newer epoch does', async () => {
  const { database } = record;
  const runId = await startedRun(database.db, { a: [] });
  const result = await claim(database.db, runId, 'a');
  if (result.kind !== 'claimed') throw new Error(result.kind);
  const { claimed } = result;
  const save = async (through: Database, epoch = claimed.epoch) => {
    const warnings: string[] = [];
    const log = { warn: (_: object, message: string) => void warnings.push(message) };
    const deps = { database: through, log, notify: () => {}, lines: {}, random: () => 0 };
    let tries = 0;
    const action = () => {
      const away = new AuroraError('repository-unavailable', 'w'.repeat(4_000));
      return tries++ < 1 ? Promise.reject(away) : Promise.resolve('saved');
    };
    const fence = { runId, taskId: 'a', epoch };
    const { signal } = new AbortController();
    const saved = await whenRepositoryAnswers(
      ...([deps as unknown as TaskRunnerDeps, claimed, fence, signal, action] as const),
    );
    return { saved, warnings: warnings.slice(1) };
  };
  const closed = await openDatabase(database.url, 1);
  await closed.close();
  const [told, untold] = await Promise.all([save(database), save(closed)]);
  expect(told).toEqual({ saved: 'saved', warnings: [] });
  expect((await listMessages(database.db, runId)).at(-1)?.payload).toMatchObject({
    stage: expect.stringMatching(/waits to be saved or merged: w+$/),
  });
  expect(untold).toEqual({ saved: 'saved', warnings: ['that work waits could not be told'] });
  await expect(save(database, claimed.epoch - 1)).rejects.toThrow(FencedOut);
});
