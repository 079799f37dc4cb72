import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import type { Embedder } from '../../src/memory/embedders/embedder.ts';
import { createOllamaEmbedder } from '../../src/memory/embedders/ollama-embedder.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import type { Database } from '../../src/storage/database.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startEmbeddingServer } from './embedders/embedding-server.ts';
import { openTestMemoryDatabase } from './test-memory.ts';

const projectId = 'garage';
let server: Awaited<ReturnType<typeof startEmbeddingServer>>;
let database: Database;
let directory: string;
beforeAll(async () => {
  server = await startEmbeddingServer();
  database = await openTestMemoryDatabase();
  directory = await tempDir();
});
afterAll(async () => {
  await database.close();
  await server.close();
});
beforeEach(() => Object.assign(server.state, { mischief: undefined, dimensions: 8 }));

/** A memory as another process opens it. */
function open(model?: string) {
  const embedder: Embedder | undefined =
    model === undefined ? undefined : createOllamaEmbedder({ model, baseUrl: server.url });
  const errors: unknown[] = [];
  const memory = createMemoryCoordinator({
    shortTerm: createPostgresShortTerm(database.db),
    working: createWorkingTier(database.db, {
      embedder,
      vectorPatience: 20_000,
      onEmbedderError: (reason) => errors.push(reason),
    }),
    longTerm: createMem0LongTerm(database.db, { directory, embedder }),
    timeBudget: 20_000,
    onError: (error) => errors.push(error),
  });
  return { memory, errors };
}

const ask = async (
  { memory }: ReturnType<typeof open>,
  query: string,
  tier?: 'working' | 'long',
) => {
  const answer = await memory.search({ query, projectId, limit: 5, ...(tier && { tier }) });
  expect(answer.missing).toEqual([]);
  return answer.items.map(({ content }) => content);
};

it('embeds anew in the background, and answers from what is there meanwhile', async () => {
  const before = open();
  const draft = (content: string, tier: 'working' | 'long' = 'working') => ({
    ...{ content, projectId, tier },
    memoryType: MemoryType.PATTERN,
  });
  await before.memory.storeAll([
    draft('Park the automobile in the second hall'),
    draft('Postgres needs the nightly vacuum'),
    draft('Words that are unspeakable for a model, and known to the garage'),
  ]);
  const learned = await before.memory.store(
    draft('Check credentials before anything else', 'long'),
  );
  expect(await ask(before, 'is the storage sluggish', 'working')).toEqual([]);

  // Another embedder, and nothing has been embedded anew yet: words still find everything.
  const after = open('nomic');
  expect(await ask(after, 'nightly vacuum')).toEqual(['Postgres needs the nightly vacuum']);
  expect(await ask(after, 'check the credentials', 'long')).toEqual([
    'Check credentials before anything else',
  ]);
  expect((await after.memory.get(learned.id)).content).toContain('credentials');

  // The one process dies while it embeds, another one goes on; the endpoint is away for a while.
  server.state.mischief = 'error';
  while (await after.memory.tend());
  expect(after.errors).toHaveLength(1);
  server.state.mischief = undefined;
  const next = open('nomic');
  while (await next.memory.tend());
  expect(await ask(next, 'is the storage sluggish', 'working')).toEqual([
    'Postgres needs the nightly vacuum',
  ]);
  expect(await ask(next, 'a login', 'long')).toEqual(['Check credentials before anything else']);
  expect(await ask(next, 'known to the garage', 'working')).toHaveLength(1);
  expect((await next.memory.get(learned.id)).content).toContain('credentials');
  expect(next.errors).toEqual([]);

  // What comes later is found by its words at once and by its meaning soon.
  await next.memory.store(draft('Authentication takes three seconds'));
  expect(await ask(next, 'it takes three', 'working')).toEqual([
    'Authentication takes three seconds',
  ]);
  await next.memory.tend();
  expect(await ask(next, 'login', 'working')).toEqual(['Authentication takes three seconds']);

  // A dead endpoint costs a search its meaning, nothing else.
  server.state.mischief = 'error';
  expect(await ask(next, 'nightly vacuum once more', 'working')).toEqual([
    'Postgres needs the nightly vacuum',
  ]);
  expect(next.errors).toHaveLength(1);

  // And back: nothing was lost on the way.
  const back = open();
  while (await back.memory.tend());
  expect(await ask(back, 'check the credentials', 'long')).toEqual([
    'Check credentials before anything else',
  ]);
  expect(await back.memory.forget(learned.id)).toEqual([learned.id]);
  await Promise.all([before, after, next, back].map(({ memory }) => memory.close()));
});
