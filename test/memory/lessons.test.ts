import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import type { MemoryCoordinator } from '../../src/memory/memory-coordinator.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import type { MemoryUse } from '../../src/domain/memory.ts';
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
      holdout: 0,
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
    memory
      .lessonsFor({ projectId, runId: 'run', taskId, limit: 10, ...more })
      .then((answer) => answer.lessons);
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

  /** Attempts that ended with the lesson `id`, or without it. */
  const end = async (id: string, use: MemoryUse, ...ends: readonly boolean[]) => {
    for (const succeeded of ends) {
      const attempt = { runId: 'run', taskId: 'ended', epoch: ++epoch };
      await memory.recordOutcome({ ...attempt, succeeded, memories: new Map([[id, use]]) });
    }
  };
  let epoch = 0;
  const countsOf = async (projectId: string) => {
    await memory.close();
    const { rows } = await database.pool.query(
      `select trials, trial_successes successes, withheld_trials w, withheld_successes ws, outcomes
         from aurora.memories where project_id = $1 and type = 'reflexion'`,
      [projectId],
    );
    return rows;
  };

  it('retires a lesson that does not help, and lets its own task hear of it still', async () => {
    await fail('benefit', 'source', 'the checksum');
    const [lesson] = await lessons('benefit', 'target', { text: 'the checksum' });
    const id = lesson?.id ?? '';
    await end(id, 'given', ...Array<boolean>(7).fill(false));
    expect(await taskIds('benefit', 'target', { text: 'the checksum' })).toEqual(['source']);
    await end(id, 'given', false);
    expect(await taskIds('benefit', 'target', { text: 'the checksum' })).toEqual([]);
    expect(await taskIds('benefit', 'source')).toEqual(['source']);
    expect(await countsOf('benefit')).toEqual([
      { trials: 8, successes: 0, w: 0, ws: 0, outcomes: 8 },
    ]);
  });

  it('counts an attempt once, however often its end is told', async () => {
    await fail('once', 'source', 'the ledger');
    const [lesson] = await lessons('once', 'target', { text: 'the ledger' });
    const attempt = { runId: 'run', taskId: 'target', epoch: 7, succeeded: true };
    const memories = new Map<string, MemoryUse>([[lesson?.id ?? '', 'given']]);
    await Promise.all([1, 2, 3].map(() => memory.recordOutcome({ ...attempt, memories })));
    await memory.recordOutcome({ ...attempt, succeeded: false, memories });
    expect(await countsOf('once')).toEqual([{ trials: 1, successes: 1, w: 0, ws: 0, outcomes: 1 }]);
  });

  it("does not take a task's own lessons for evidence: nobody goes without them", async () => {
    await fail('own-count', 'source', 'the parser');
    const [lesson] = await lessons('own-count', 'source');
    expect(lesson?.own).toBe(true);
    await end(lesson?.id ?? '', 'own', false, true);
    expect(await countsOf('own-count')).toEqual([
      { trials: 0, successes: 0, w: 0, ws: 0, outcomes: 2 },
    ]);
  });

  it('withholds a lesson from its share of the attempts, and never from its own task', async () => {
    const half = createMemoryCoordinator({
      shortTerm: createPostgresShortTerm(database.db),
      working: createWorkingTier(database.db),
      longTerm: createMem0LongTerm(database.db, { directory: '/nonexistent' }),
      timeBudget: 20_000,
      holdout: 0.5,
    });
    await fail('holdout', 'source', 'the migration');
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        half.lessonsFor({
          ...{ projectId: 'holdout', runId: 'r', taskId: `t${n}`, text: 'the migration' },
        }),
      ),
    );
    const withheld = answers.filter((answer) => answer.withheld.length > 0);
    // Of 60 lots with even odds; a hash is no die, but it is thrown once for ever here: ids differ.
    expect(withheld.length).toBeGreaterThan(10);
    expect(withheld.length).toBeLessThan(50);
    for (const { lessons: given, withheld: not } of answers) {
      expect(given.length + not.length).toBe(1);
    }
    const again = await half.lessonsFor({
      ...{ projectId: 'holdout', runId: 'r', taskId: 't0', text: 'the migration' },
    });
    expect(again.withheld).toEqual(answers[0]?.withheld);
    for (let n = 0; n < 20; n++) {
      const own = await half.lessonsFor({
        ...{ projectId: 'holdout', runId: 'run', taskId: 'source', epoch: n },
      });
      expect(own.lessons).toHaveLength(1);
    }
    await half.close();
  });

  it('reports what lessons do, and makes a pattern of one that is proven', async () => {
    await fail('report', 'good', 'the socket');
    await fail('report', 'useless', 'the printer');
    const [good] = await lessons('report', 'target', { text: 'the socket' });
    const [useless] = await lessons('report', 'target', { text: 'the printer' });
    const mixed = (n: number, every: number) =>
      Array.from({ length: n }, (_, i) => i % every === 0);
    await end(good?.id ?? '', 'given', ...Array<boolean>(20).fill(true));
    await end(good?.id ?? '', 'withheld', ...mixed(6, 3));
    await end(useless?.id ?? '', 'given', ...mixed(20, 10));
    await end(useless?.id ?? '', 'withheld', ...mixed(6, 2));
    await memory.close();
    const report = await memory.report('report');
    expect(report).toMatchObject({
      lessons: 2,
      states: { trial: 0, proven: 1, retired: 1 },
      trials: 40,
      successes: 22,
      withheldTrials: 12,
      withheldSuccesses: 5,
    });
    expect(report.tried.map(({ taskId, state }) => [taskId, state])).toEqual([
      ['good', 'proven'],
      ['useless', 'retired'],
    ]);
    expect(report.effect?.lift).toBeGreaterThan(0.1);
    const patterns = await memory.search({ query: 'socket', projectId: 'report' });
    expect(patterns.items.filter(({ type }) => type === 'pattern')).toMatchObject([
      { metadata: { from: good?.id } },
    ]);
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
    expect(await away.lessonsFor({ projectId: 'p', runId: 'r', taskId: 't' })).toEqual({
      lessons: [],
      withheld: [],
      leftOut: 0,
      tokensLeft: 4_000,
    });
    expect(errors).toMatchObject([{ code: 'memory-tier-failed', message: 'No lessons: gone.' }]);
  });
});
