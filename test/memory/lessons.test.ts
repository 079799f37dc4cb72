import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMemoryCoordinator,
  type MemoryCoordinator,
} from '../../src/memory/memory-coordinator.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestMemoryDatabase } from './test-memory.ts';

describe('lessons', () => {
  let database: Database;
  let memory: MemoryCoordinator;
  beforeAll(async () => {
    database = await openTestMemoryDatabase();
    memory = createMemoryCoordinator({
      shortTerm: createPostgresShortTerm(database.db),
      working: createWorkingTier(database.db),
      longTerm: createMem0LongTerm(database.db, { directory: '/nonexistent' }),
      timeBudget: 20_000,
      onError: (error) => {
        throw error;
      },
    });
  });
  afterAll(async () => {
    await memory.close();
    await database.close();
  });

  const fail = (projectId: string, taskId: string, about: string, more: object = {}) =>
    memory.storeReflexion({
      projectId,
      taskId,
      runId: 'run',
      originalApproach: `Wrote ${about} by hand`,
      failureReason: `The ${about} was wrong`,
      improvedApproach: `Generate ${about} instead`,
      ...more,
    });
  const lessons = (projectId: string, taskId: string, more: object = {}) =>
    memory.lessonsFor({ projectId, runId: 'run', taskId, limit: 10, ...more });
  const taskIds = async (...args: Parameters<typeof lessons>) =>
    (await lessons(...args)).map(({ taskId }) => taskId);

  it("gives a task its own attempts' lessons first, the newest first", async () => {
    await fail('own', 'api', 'the router', { attempt: 1 });
    await fail('own', 'other', 'the endpoint list', { tags: ['http'] });
    await fail('own', 'api', 'the handler', { attempt: 2 });
    const given = await lessons('own', 'api', { text: 'endpoint list', tags: ['http'] });
    expect(given.map(({ improvedApproach, why }) => [improvedApproach, why])).toEqual([
      ['Generate the handler instead', 'same task'],
      ['Generate the router instead', 'same task'],
      ['Generate the endpoint list instead', 'tags http, similar text'],
    ]);
    expect(await lessons('own', 'api', { limit: 1 })).toMatchObject([
      { improvedApproach: 'Generate the handler instead' },
    ]);
  });

  it('gives lessons of the same error, where the texts have nothing in common', async () => {
    const failed = (path: string, ms: number) => ({
      failureReason: `AssertionError: /tmp/${path}/a.js took ${ms} ms, id 0xdeadbeef`,
    });
    await fail('error', 'here', 'alpha', failed('x1', 12));
    await fail('error', 'there', 'beta', failed('y2', 99));
    const given = await lessons('error', 'here', { text: 'gamma' });
    expect(given.map(({ taskId, why }) => [taskId, why])).toEqual([
      ['here', 'same task'],
      ['there', 'same error'],
    ]);
  });

  it('keeps projects apart, and gives nothing for a mere likeness of role or one tag', async () => {
    await fail('left', 'a', 'the invoice table', { role: 'database', tags: ['sql', 'billing'] });
    expect(await taskIds('right', 'a', { text: 'the invoice table' })).toEqual([]);
    const unlike = { text: 'a wholly different thing', role: 'database' };
    expect(await taskIds('left', 'b', { ...unlike, tags: ['sql'] })).toEqual([]);
    expect(await taskIds('left', 'b', { ...unlike, tags: ['sql', 'billing'] })).toEqual(['a']);
    expect(await taskIds('left', 'b', { text: 'the invoice table' })).toEqual(['a']);
  });

  it('knows the same task id of another run as another task', async () => {
    await fail('runs', 'api', 'the session cookie', { runId: 'earlier' });
    const [lesson] = await lessons('runs', 'api', { text: 'the session cookie' });
    expect(lesson?.why).toBe('similar text');
  });

  it('keeps one reflexion of an attempt that is reported twice', async () => {
    await Promise.all([
      fail('twice', 'a', 'it', { attempt: 1 }),
      fail('twice', 'a', 'it', { attempt: 1 }),
    ]);
    expect(await lessons('twice', 'a')).toHaveLength(1);
  });

  it('counts how often a lesson was given and how it went; retires one that never helps', async () => {
    await fail('benefit', 'source', 'the checksum');
    const given = await lessons('benefit', 'target', { text: 'the checksum' });
    expect(given).toHaveLength(1);
    const ids = given.map(({ id }) => id);
    for (let i = 0; i < 4; i++) await memory.recordOutcome(ids, false);
    expect(await taskIds('benefit', 'target', { text: 'the checksum' })).toEqual(['source']);
    await memory.recordOutcome(ids, false);
    expect(await taskIds('benefit', 'target', { text: 'the checksum' })).toEqual([]);
    // Its own task still hears of it: nothing is nearer.
    expect(await taskIds('benefit', 'source')).toEqual(['source']);
    await memory.close();
    const { rows } = await database.pool.query(
      `select trials, r.successes, uses, outcomes from aurora.reflexions r join aurora.memories m on m.id = memory_id where r.project_id = 'benefit'`,
    );
    expect(rows).toEqual([{ trials: 5, successes: 0, uses: 3, outcomes: 5 }]);
  });

  it('gives no lessons rather than an error when memory is away', async () => {
    const errors: unknown[] = [];
    const working = createWorkingTier(database.db);
    const away = createMemoryCoordinator({
      shortTerm: createPostgresShortTerm(database.db),
      working: { ...working, reflexionsOfTask: () => Promise.reject(new Error('gone')) },
      longTerm: createMem0LongTerm(database.db, { directory: '/nonexistent' }),
      onError: (error) => errors.push(error),
    });
    expect(await away.lessonsFor({ projectId: 'p', runId: 'r', taskId: 't' })).toEqual([]);
    expect(errors).toMatchObject([{ code: 'memory-tier-failed', message: 'No lessons: gone.' }]);
  });
});
