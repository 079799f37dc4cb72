import { pino } from 'pino';
import { expect, test } from 'vitest';
import { storeLessons } from '../../src/agents/store-lessons.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import type { MemoryCoordinator } from '../../src/memory/memory-coordinator.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import type { Fence } from '../../src/storage/attempt-store.ts';
import { listDueLessons } from '../../src/storage/memory-due-store.ts';
import { emptyRecord, failAttempt, startedRun, take } from '../storage/planned-run.ts';
import { useTestRecord } from '../storage/test-record.ts';

const record = useTestRecord();
const log = pino({ level: 'silent' });
const broken = { class: 'error', message: 'broken' } as const;

const lessonOf = ({ runId, taskId }: Fence) => ({
  ...{ runId, taskId, projectId: runId },
  originalApproach: 'Read the whole file',
  failureReason: 'It did not fit',
  improvedApproach: 'Read it line by line',
});

function openMemory(): MemoryCoordinator {
  const { db } = record.database;
  return createMemoryCoordinator({
    shortTerm: createPostgresShortTerm(db),
    working: createWorkingTier(db),
    longTerm: createMem0LongTerm(db, { directory: '/nonexistent' }),
    timeBudget: 20_000,
    holdout: 0,
  });
}

const lessonsOf = async (memory: MemoryCoordinator, { runId, taskId }: Fence) =>
  (await memory.lessonsFor({ projectId: runId, runId, taskId, epoch: 9 })).lessons;

test('a lesson is kept once, whenever the worker or the memory dies', async () => {
  const { db } = record.database;
  const runId = await startedRun(db, { a: [] });
  const fence = await take(db, runId, 'a');
  await failAttempt(db, fence, broken, 0, emptyRecord, lessonOf(fence));
  const memory = openMemory();
  const deps = { database: record.database, log, memory };
  const away = { ...memory, storeReflexion: () => Promise.reject(new Error('away')) };
  await storeLessons({ ...deps, memory: away }, fence);
  const dying = {
    ...memory,
    async storeReflexion(reflexion: Parameters<MemoryCoordinator['storeReflexion']>[0]) {
      await memory.storeReflexion(reflexion);
      throw new Error('died before it could say so');
    },
  };
  await storeLessons({ ...deps, memory: dying }, fence);
  expect(await listDueLessons(db, 10, fence)).toHaveLength(1);
  await storeLessons(deps);
  await storeLessons(deps, fence);
  expect(await listDueLessons(db, 10, fence)).toEqual([]);
  expect(await lessonsOf(memory, fence)).toMatchObject([
    { improvedApproach: 'Read it line by line' },
  ]);
  await memory.close();
});

test('an attempt that lost its task teaches nothing, and what memory refuses is not offered for ever', async () => {
  const { db } = record.database;
  const runId = await startedRun(db, { a: [] });
  const old = await take(db, runId, 'a');
  const fence = await take(db, runId, 'a');
  expect(await failAttempt(db, old, broken, 0, emptyRecord, lessonOf(old))).toBe(false);
  const refused = { ...lessonOf(fence), improvedApproach: '' };
  await failAttempt(db, fence, broken, 0, emptyRecord, refused);
  const memory = openMemory();
  await storeLessons({ database: record.database, log, memory }, fence);
  expect(await listDueLessons(db, 10, fence)).toEqual([]);
  expect(await lessonsOf(memory, fence)).toEqual([]);
  await memory.close();
});
