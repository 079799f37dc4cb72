import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import type { Database } from '../../src/storage/database.ts';
import { createMemoryAuditStore } from '../../src/storage/memory-audit-store.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openTestMemoryDatabase } from './test-memory.ts';

let database: Database;
let open: (more?: object) => ReturnType<typeof createMemoryCoordinator>;
let memory: ReturnType<typeof createMemoryCoordinator>;
const done = new Map<string, number>();
beforeAll(async () => {
  database = await openTestMemoryDatabase();
  const directory = await tempDir();
  const namesOf = (projectId: string) => Promise.resolve([`${projectId}-shop`]);
  open = (more = {}) =>
    createMemoryCoordinator({
      shortTerm: createPostgresShortTerm(database.db),
      working: createWorkingTier(database.db, { namesOf }),
      longTerm: createMem0LongTerm(database.db, { directory }),
      audit: createMemoryAuditStore(database.db),
      timeBudget: 20_000,
      namesOf,
      onUpkeep: (what, count) => done.set(what, (done.get(what) ?? 0) + count),
      ...more,
    });
  memory = open();
});
afterAll(async () => {
  await memory.close();
  await database.close();
});

const keep = (projectId: string, content: string, more = {}) =>
  memory.store({ content, projectId, memoryType: MemoryType.DECISION, ...more });
const tend = async () => {
  while (await memory.tend());
};

describe('merging', () => {
  it('makes one of what says the same, remembers what it came from, and forgets that too', async () => {
    const [first, second] = [
      await keep('merge', 'Run the migration before the tests', { metadata: { runId: 'r1' } }),
      await keep('merge', 'Before the tests, run the migration!', {
        metadata: { runId: 'r2' },
        tags: ['database'],
      }),
    ];
    await keep('merge', 'Run the linter before the tests');
    const turn = { session: 's', memoryType: MemoryType.PATTERN };
    await keep('merge', 'Good morning to you all, friends', { ...turn, at: '2024-01-01' });
    await keep('merge', 'good morning to you all, friends!', { ...turn, at: '2024-01-02' });
    // Two leaders at once, as when one was frozen: each step is harmless twice.
    await Promise.all([tend(), open().tend()]);
    await tend();

    const kept = await memory.get(first.id);
    expect(kept).toMatchObject({ content: first.content, tags: ['database'] });
    expect(kept.origins).toMatchObject([
      { id: second.id, content: second.content, metadata: { runId: 'r2' }, tags: ['database'] },
    ]);
    await expect(memory.get(second.id)).rejects.toMatchObject({
      code: 'memory-not-found',
      message: expect.stringContaining(first.id) as string,
    });
    // Conversations are events, and what says something else is something else.
    expect((await memory.stats('merge')).working).toEqual([
      { type: 'decision', memories: 2, contradicted: 0, merged: 1 },
      { type: 'pattern', memories: 2, contradicted: 0, merged: 0 },
    ]);

    await memory.forget(first.id);
    const { rows } = await database.pool.query('select 1 from aurora.memory_origins');
    expect(rows).toEqual([]);
  });
});

describe('contradictions', () => {
  it('lets the newer one win, visibly, until it is forgotten', async () => {
    const older = await keep('dispute', 'Use Redis for the sessions of users');
    const newer = await keep('dispute', 'Do not use Redis for the sessions of users');
    await tend();
    const query = { query: 'redis sessions of users', projectId: 'dispute' };
    const { items } = await memory.search(query);
    expect(items.map(({ id }) => id)).toEqual([newer.id, older.id]);
    expect(items[1]).toMatchObject({ contradictedBy: newer.id });
    expect(items[1]?.why.join()).toContain(`a newer memory says the opposite: ${newer.id}`);
    expect((await memory.get(newer.id)).contradicts).toEqual([older.id]);

    await memory.forget(newer.id);
    expect((await memory.get(older.id)).contradictedBy).toBeUndefined();
  });
});

it('makes what is said again the newest, at once and after comparing', async () => {
  const first = await keep('again', 'The API port is 8080');
  const second = await keep('again', 'The API port is 9090');
  await tend();
  expect((await memory.get(first.id)).contradictedBy).toBe(second.id);

  expect((await keep('again', 'the API port is 8080')).contradictedBy).toBeUndefined();
  await tend();
  expect((await memory.get(second.id)).contradictedBy).toBe(first.id);
  expect((await memory.get(first.id)).contradictedBy).toBeUndefined();

  // The same in other words, into which it is merged.
  const words = await keep('again', 'API port: 9090');
  await tend();
  const newest = (await memory.get(second.id).catch(() => memory.get(words.id))).id;
  expect((await memory.get(first.id)).contradictedBy).toBe(newest);
});

it('takes what was merged for the memory that it was merged into, when it is stored or forgotten', async () => {
  const kept = await keep('stands', 'Compress the images before they are uploaded');
  const merged = await keep('stands', 'Before they are uploaded, compress the images!');
  await tend();
  const again = await keep('stands', merged.content, { tags: ['images'] });
  expect(again).toMatchObject({ id: kept.id, content: kept.content, tags: ['images'] });
  await tend();
  expect((await memory.get(kept.id)).origins).toHaveLength(1);

  expect([...(await memory.forget(merged.id))].sort()).toEqual([kept.id, merged.id].sort());
  await expect(memory.get(kept.id)).rejects.toMatchObject({ code: 'memory-not-found' });
});

describe('promotion', () => {
  it('catches up with session context whose user died before it could be promoted', async () => {
    const projectId = 'caught-up';
    const content = 'The fixtures of the invoices are frozen at noon';
    const { id } = await keep(projectId, content, { memoryType: MemoryType.CONTEXT });
    for (let i = 0; i < 3; i++) await createPostgresShortTerm(database.db).markUsed([id]);
    const lifted = async () => {
      const { items } = await memory.search({ query: content, projectId, tier: 'working' });
      return items.length;
    };
    expect(await lifted()).toBe(0);
    const before = done.get('promoted') ?? 0;
    await tend();
    expect(await lifted()).toBe(1);
    // Once, however often it is used.
    await memory.retrieve({ query: content, projectId });
    await memory.close();
    await tend();
    expect(done.get('promoted')).toBe(before + 1);
  });

  /** An attempt that had the memory and succeeded. */
  const succeed = async (projectId: string, id: string, epoch: number) => {
    await memory.retrieve({ query: 'wait for the event instead of sleeping', projectId });
    await memory.recordOutcome({
      ...{ runId: projectId, taskId: 't', epoch, succeeded: true },
      memories: new Map([[id, 'given']]),
    });
  };

  it('generalises what two projects have learned, and forgets it everywhere', async () => {
    const here = await keep(
      'here',
      'In here-shop wait for the event in src/a.test.ts instead of sleeping',
    );
    await keep('there', 'In there-shop wait for the event in test/b.test.ts instead of sleeping');
    for (let epoch = 0; epoch < 7; epoch++) await succeed('here', here.id, epoch);
    await memory.close();
    await tend();
    const { items } = await memory.search({ query: 'sleeping', projectId: 'else', tier: 'long' });
    expect(items).toMatchObject([
      { content: 'In <project> wait for the event in <path> instead of sleeping', metadata: {} },
    ]);
    const promoted = done.get('promoted');
    await tend();
    expect(done.get('promoted')).toBe(promoted);

    expect(await memory.forget(here.id)).toHaveLength(2);
    const left = await memory.search({ query: 'sleeping', projectId: 'else', tier: 'long' });
    expect(left.items).toEqual([]);
  });

  it.each([
    ['5 uses', { uses: 5, outcomes: 5, successes: 5 }, false],
    ['4 of 5 helped', { uses: 6, outcomes: 5, successes: 4 }, false],
    ['no outcome is known', { uses: 9, outcomes: 0, successes: 0 }, false],
    ['more than 5 uses, more than 80 %', { uses: 6, outcomes: 6, successes: 5 }, true],
  ])('is earned in two projects: %s', async (name, { uses, outcomes, successes }, earned) => {
    const content = `Rule of thumb for tests of promotion: ${name}`;
    const { id } = await keep('one', content);
    await database.pool.query(
      'update aurora.memories set uses = $2, outcomes = $3, successes = $4 where id = $1',
      [id.replace('working_', ''), uses, outcomes, successes],
    );
    const copies = async () => {
      await tend();
      const query = { query: content, projectId: 'nobody', tier: 'long' } as const;
      return (await memory.search(query)).items.filter((item) => item.content === content).length;
    };
    expect(await copies()).toBe(0);
    await keep('two', content);
    expect(await copies()).toBe(earned ? 1 : 0);
  });

  it('keeps back what says too little without its project', async () => {
    const thin = await keep('here', 'Fix src/app.ts of here-shop first');
    await expect(memory.promote(thin.id)).rejects.toMatchObject({
      code: 'state-conflict',
      message: expect.stringContaining('Fix <path> of <project> first') as string,
    });
  });
});

it('removes past the store and stores at once without waiting for each other for ever', async () => {
  const rounds = Array.from({ length: 12 }, (_, i) => i);
  const past = rounds.map(async (i) => {
    await database.pool.query(
      `delete from aurora.memories where project_id = $1 and id in
        (select id from aurora.memories where project_id = $1 limit 3)`,
      [i % 2 === 0 ? 'lock-a' : 'lock-b'],
    );
  });
  const stores = rounds.map((i) =>
    memory.storeAll(
      ['lock-a', 'lock-b', 'lock-a'].map((projectId, j) => ({
        ...{ content: `Entry ${i % 3} ${j}`, projectId, memoryType: MemoryType.PATTERN },
      })),
    ),
  );
  await Promise.all([...past, ...stores, tend()]);
});

it('forgets what is merged into something else while it is being forgotten', async () => {
  const kept = await keep('meanwhile', 'Rotate the keys before the service is restarted');
  const merged = await keep('meanwhile', 'Before the service is restarted, rotate the keys!');
  const working = createWorkingTier(database.db);
  const late = open({
    working: {
      ...working,
      async forget(id: string) {
        await tend();
        return working.forget(id);
      },
    },
  });
  expect([...(await late.forget(merged.id))].sort()).toEqual([kept.id, merged.id].sort());
  await late.close();
  const { rows } = await database.pool.query(
    `select content from aurora.memories where project_id = 'meanwhile'
      union all select content from aurora.memory_origins where content like '%rotate the keys%'`,
  );
  expect(rows).toEqual([]);
});

it('settles a project whose patterns cannot be raised, and says so', async () => {
  const errors: unknown[] = [];
  const working = createWorkingTier(database.db);
  const broken = open({
    working: { ...working, reflexionsIn: () => Promise.reject(new Error('no pattern')) },
    onError: (error: unknown) => errors.push(error),
  });
  await tend();
  await memory.storeReflexion({
    ...{ projectId: 'a-stuck', taskId: 't', originalApproach: 'Guessed' },
    ...{ failureReason: 'The valve was shut', improvedApproach: 'Open the valve' },
  });
  while (await broken.tend());
  expect(errors).toMatchObject([
    { code: 'memory-tier-failed', message: 'The working memory failed: no pattern' },
  ]);
  expect(await working.upkeep.nextScope()).toBeUndefined();
});

it('forgets the long-term copy of what was merged into something else', async () => {
  const kept = await keep('copies', 'Warm the cache before the benchmark is started');
  const merged = await keep('copies', 'Before the benchmark is started, warm the cache!');
  const copy = await memory.promote(merged.id);
  await tend();
  expect((await memory.get(kept.id)).origins).toMatchObject([{ id: merged.id }]);

  expect(await memory.forget(kept.id)).toContain(copy.id);
  await expect(memory.get(copy.id)).rejects.toMatchObject({ code: 'memory-not-found' });
});
