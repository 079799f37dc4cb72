import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryUse } from '../../src/domain/memory.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import type { MemoryCoordinator } from '../../src/memory/memory-coordinator.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestMemoryDatabase } from './test-memory.ts';

let database: Database;
let memory: MemoryCoordinator;
let open: (holdout?: number) => MemoryCoordinator;
beforeAll(async () => {
  database = await openTestMemoryDatabase();
  const errors: unknown[] = [];
  open = (holdout = 0) =>
    createMemoryCoordinator({
      shortTerm: createPostgresShortTerm(database.db),
      working: createWorkingTier(database.db),
      // What is merged is in working memory; a third tier would only slow this down.
      longTerm: { ...createPostgresShortTerm(database.db), name: 'long' },
      timeBudget: 20_000,
      holdout,
      onError: (error) => errors.push(error),
    });
  memory = open();
  return () => expect(errors).toEqual([]);
});
afterAll(async () => {
  await memory.close();
  await database.close();
});

const tend = async (on = memory) => {
  while (await on.tend());
};
const fail = (projectId: string, taskId: string, ms: number, more: object = {}) =>
  memory.storeReflexion({
    ...{ projectId, taskId, runId: 'run', attempt: 1, tags: ['exports', taskId] },
    originalApproach: `Wrote the exporter of ${taskId} as its prompt says`,
    failureReason: `Error: /srv/${taskId}/export.js took ${ms} ms`,
    improvedApproach: 'Stream the rows instead of collecting them',
    ...more,
  });
const asked = { text: 'stream rows in the exporter', tags: ['exports'] };
let epoch = 0;
const end = async (uses: Record<string, MemoryUse>, succeeded: boolean, at = ++epoch) =>
  memory.recordOutcome({
    ...{ runId: 'run', taskId: 'ended', epoch: at, succeeded },
    memories: new Map(Object.entries(uses)),
  });
const reported = async (projectId: string) => {
  const { tried } = await memory.report(projectId);
  return tried.map(({ trials, successes, withheldTrials, withheldSuccesses }) => [
    ...[trials, successes, withheldTrials, withheldSuccesses],
  ]);
};

describe('lessons that say the same', () => {
  it('become one with the evidence of all, each attempt counted once', async () => {
    const projectId = 'evidence';
    const [a, b, c] = [
      await fail(projectId, 'a', 10),
      await fail(projectId, 'b', 20),
      await fail(projectId, 'c', 30),
    ].map(({ id }) => id) as [string, string, string];
    const unlike = await fail(projectId, 'd', 40, { improvedApproach: 'Raise the limit of time' });
    await end({ [a]: 'given' }, true);
    await end({ [b]: 'given', [c]: 'given' }, false);
    await end({ [a]: 'given', [b]: 'withheld' }, true);
    await end({ [a]: 'withheld', [c]: 'withheld' }, false);
    await end({ [c]: 'own', [b]: 'given' }, true);
    // Began before it was merged, and ends after.
    const late = { [b]: 'withheld', [a]: 'withheld' } as const;

    // Two leaders at once: each step is harmless twice.
    await Promise.all([tend(), tend(open())]);
    await end(late, true, 100);
    await end(late, true, 100);

    expect(await reported(projectId)).toEqual([[3, 2, 2, 1]]);
    const { rows } = await database.pool.query(
      `select outcomes, successes from aurora.memories where id = $1`,
      [a.replace('working_', '')],
    );
    expect(rows).toEqual([{ outcomes: 4, successes: 3 }]);
    const kept = await memory.get(a);
    expect(kept.origins.map(({ id }) => id)).toEqual([b, c]);
    expect(kept.taught.map(({ taskId, attempt }) => [taskId, attempt])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect((await memory.get(unlike.id)).origins).toEqual([]);
  });

  it("are still the tasks' own, in their own words, and one lesson for others", async () => {
    const projectId = 'own';
    for (const [task, ms] of [
      ['a', 10],
      ['b', 20],
    ] as const)
      await fail(projectId, task, ms);
    await fail(projectId, 'b', 25, { attempt: 2 });
    await tend();
    const given = async (taskId: string) =>
      (await memory.lessonsFor({ projectId, runId: 'run', taskId, ...asked })).lessons.map(
        ({ own, failureReason }) => [own, failureReason],
      );
    expect(await given('a')).toEqual([[true, 'Error: /srv/a/export.js took 10 ms']]);
    expect(await given('b')).toEqual([[true, 'Error: /srv/b/export.js took 25 ms']]);
    expect(await given('x')).toEqual([[false, 'Error: /srv/b/export.js took 25 ms']]);
  });

  it('draw their lots by the one that came first', async () => {
    const projectId = 'lots';
    const first = await fail(projectId, 'a', 10);
    const half = open(0.5);
    const answers = () =>
      Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          half.lessonsFor({ projectId, runId: 'run', taskId: `t${n}`, ...asked }),
        ),
      );
    const before = (await answers()).map(({ withheld }) => withheld);
    expect(new Set(before.flat())).toEqual(new Set([first.id]));
    for (const task of ['b', 'c', 'd']) await fail(projectId, task, 20);
    // Learned again it is the newest, and came first nevertheless.
    await fail(projectId, 'a', 10, { runId: 'later' });
    await tend();
    expect((await answers()).map(({ withheld }) => withheld)).toEqual(before);
  });

  it('count as repeats, of which three make a pattern, which falls with them', async () => {
    const projectId = 'repeats';
    const patterns = async () => {
      await memory.close();
      const { items } = await memory.search({ query: 'stream rows', projectId, limit: 20 });
      return items.filter(({ type }) => type === 'pattern').map(({ metadata }) => metadata.repeats);
    };
    const first = await fail(projectId, 'a', 10);
    await fail(projectId, 'b', 20);
    await tend();
    // The very same words as what was merged, and told twice.
    for (let i = 0; i < 2; i++) await fail(projectId, 'b', 20, { attempt: 2 });
    await tend();
    expect(await patterns()).toEqual([3]);
    expect((await memory.get(first.id)).taught).toHaveLength(3);
    await memory.forget(first.id);
    expect(await patterns()).toEqual([]);
  });

  it('raise the pattern of a failure in the words of the newest, whichever lesson came first', async () => {
    const projectId = 'newest';
    await fail(projectId, 'a', 10);
    await fail(projectId, 'b', 20, { improvedApproach: 'Raise the limit of time' });
    await fail(projectId, 'a', 30, { attempt: 2 });
    await memory.close();
    await database.pool.query(
      `delete from aurora.memories where project_id = $1 and type = 'pattern'`,
      [projectId],
    );
    await tend();
    const { items } = await memory.search({ query: 'stream rows', projectId });
    expect(items.find(({ type }) => type === 'pattern')?.content).toContain('took 30 ms');
  });

  it('raise what they have earned together, whoever died before', async () => {
    const projectId = 'earned';
    const [a, b] = [await fail(projectId, 'a', 10), await fail(projectId, 'b', 20)];
    for (let i = 0; i < 7; i++) await end({ [a.id]: 'given' }, true);
    for (let i = 0; i < 7; i++) await end({ [b.id]: 'given' }, true);
    for (let i = 0; i < 8; i++) await end({ [b.id]: 'withheld' }, i % 4 === 0);
    await memory.close();
    await database.pool.query(
      `delete from aurora.memories where project_id = $1 and type = 'pattern'`,
      [projectId],
    );
    await tend();
    const { items } = await memory.search({ query: 'stream rows', projectId });
    expect(items.filter(({ type }) => type === 'pattern')).toMatchObject([
      { metadata: { from: a.id } },
    ]);
  });
});
