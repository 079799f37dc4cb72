import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryDraftInput } from '../../src/domain/memory.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import { createHostedMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0-hosted.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createRedisShortTerm } from '../../src/memory/memory-tiers/short-term-redis.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import { startRedisServer } from '../../src/storage/local-server/redis-server.ts';
import { openHttp, type HttpHarness } from '../http/http-harness.ts';
import { redisIsAvailable } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';

let http: HttpHarness;
beforeAll(async () => {
  http = await openHttp();
});
afterAll(() => http.close());

const project = 'bad-input';
const many = (count: number, text: string) =>
  Array.from({ length: count }, (_, i) => `${text}${i}`);

/** What is asked of the coordinator and of the web server in the same words. */
const store = async (draft: object) => {
  const { memory } = http.deps;
  const ours = { content: 'Good content', memoryType: 'pattern', projectId: project, ...draft };
  const { memoryType: kind, projectId: _, ...rest } = ours;
  const [thrown, answer] = await Promise.all([
    memory.store(ours as MemoryDraftInput).then(
      () => undefined,
      (error: unknown) => error,
    ),
    http.app.inject({ method: 'POST', url: '/v1/memories', payload: { ...rest, kind, project } }),
  ]);
  return { thrown, answer };
};
const search = async (query: string, limit: unknown) => {
  const url = `/v1/memories/search?${String(new URLSearchParams({ q: query, project, limit: String(limit) }))}`;
  const [thrown, answer] = await Promise.all([
    http.deps.memory.search({ query, projectId: project, limit: limit as number }).then(
      () => undefined,
      (error: unknown) => error,
    ),
    http.app.inject({ method: 'GET', url }),
  ]);
  return { thrown, answer };
};

describe('what is refused, with a sentence that says why', () => {
  it.each<[string, () => ReturnType<typeof store>, RegExp]>([
    ['nothing', () => store({ content: '' }), /content/],
    ['white space', () => store({ content: ' \n\t ' }), /content/],
    ['only NUL bytes', () => store({ content: '\0\0' }), /content/],
    ['101 kB', () => store({ content: 'x'.repeat(101_000) }), /content.*100000/],
    ['an unknown kind', () => store({ memoryType: 'rumour' }), /(?:kind|memoryType).*pattern/],
    ['10,000 tags', () => store({ tags: many(10_000, 'tag') }), /tags.*50/],
    ['10,000 empty tags', () => store({ tags: many(10_000, '').map(() => ' ') }), /tags/],
    ['metadata of 200 kB', () => store({ metadata: { log: 'y'.repeat(200_000) } }), /metadata/],
    ['limit 0', () => search('anything', 0), /limit.*1/],
    ['limit -1', () => search('anything', -1), /limit.*1/],
    ['limit 1e9', () => search('anything', 1_000_000_000), /limit.*100/],
    ['limit "many"', () => search('anything', 'many'), /limit.*number/],
    ['an empty query', () => search(' ', 5), /q(?:uery)?\b/],
  ])('%s', async (_name, ask, says) => {
    const { thrown, answer } = await ask();
    expect(thrown).toMatchObject({ code: 'memory-invalid', kind: 'input' });
    const { message } = thrown as Error;
    expect(message).toMatch(says);
    expect(message.length).toBeLessThan(3_000);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ detail: string }>().detail).toMatch(says);
    expect(answer.body.length).toBeLessThan(10_000);
  });
});

it('refuses an attempt that no count reaches', async () => {
  const reflexion = {
    taskId: 't',
    originalApproach: 'a',
    failureReason: 'b',
    improvedApproach: 'c',
  };
  const answer = await http.app.inject({
    method: 'POST',
    url: '/v1/memories/reflexions',
    payload: { ...reflexion, project, attempt: 3_000_000_000 },
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ detail: string }>().detail).toContain('attempt');
});

describe('what is taken as it is', () => {
  it.each([
    ['right to left', 'שלום עולם, استخدم النص من اليمين', 'שלום'],
    ['emoji', 'Ship it 🚀👩‍👩‍👧‍👦 when the smoke test is green', 'smoke test 🚀'],
    ['binary', Buffer.from([0x41, 0, 0xff, 0xfe, 0x42, 0x1b]).toString('latin1'), 'A'],
    ['half a surrogate', 'torn \ud83d apart', 'torn'],
    ['HTML and SQL', `<script>alert(1)</script>'); DROP TABLE memories; --`, 'DROP TABLE'],
    ['one long word', 'z'.repeat(99_000), 'z'.repeat(5_000)],
  ])('%s', async (_name, content, query) => {
    const { thrown, answer } = await store({ content });
    expect(thrown).toBeUndefined();
    expect(answer.statusCode).toBe(201);
    const found = await http.deps.memory.search({ query, projectId: project });
    expect(found.missing).toEqual([]);
  });

  it('a question of 100 kB', async () => {
    await http.deps.memory.store({
      ...{
        content: 'Restart the broker when it stalls',
        memoryType: 'pattern',
        projectId: project,
      },
    });
    const log = `the broker stalls\n${many(9_000, 'line ').join('\n')}`.slice(0, 99_000);
    const { items } = await http.deps.memory.search({ query: log, projectId: project });
    expect(items.map(({ content }) => content)).toContain('Restart the broker when it stalls');
  });

  it('a question of 100 kB in an address, and says of a longer one that it is too long', async () => {
    await http.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = http.app.server.address() as AddressInfo;
    const ask = (query: string) =>
      fetch(
        `http://127.0.0.1:${port}/v1/memories/search?${String(new URLSearchParams({ q: query, project }))}`,
      );
    const answer = await ask('broker stalls '.repeat(7_000));
    expect(answer.status).toBe(200);
    const refused = await ask('broker '.repeat(60_000));
    expect(refused.status).toBe(431);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toMatchObject({
      code: 'request-invalid',
      detail: expect.stringContaining('256 kB') as string,
    });
  });

  it('the same thing twice at once, which is kept once', async () => {
    const twin = { content: 'Twins are one', tags: [] };
    const answers = await Promise.all([store(twin), store(twin), store(twin)]);
    const ids = answers.map(({ answer }) => answer.json<{ id: string }>().id);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a Mem0 that is not well', () => {
  it.each<[string, number, string]>([
    ['500', 500, '{"detail":"out of order"}'],
    ['429', 429, '{"detail":"slow down"}'],
    ['HTML', 200, '<html>Bad gateway</html>'],
    ['other JSON', 200, '{"results":[{"id":"1","memory":"m","metadata":{"aurora":"{"}}]}'],
    ['silence', 0, ''],
  ])('is missing from the answer, which the other tiers give: %s', async (_name, status, body) => {
    const server = createServer((_request, response) => {
      if (status > 0) response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const directory = await tempDir();
    const memory = createMemoryCoordinator({
      shortTerm: createPostgresShortTerm(http.db),
      working: createWorkingTier(http.db),
      longTerm: createHostedMem0LongTerm({ apiKey: 'k', host, directory, timeout: 300 }),
      timeBudget: 20_000,
    });
    const content = `Known while Mem0 answers ${status}`;
    await memory.store({ content, memoryType: 'pattern', projectId: project });
    const answer = await memory.retrieve({ query: content, projectId: project, limit: 1 });
    expect(answer.items[0]?.content).toBe(content);
    expect(answer.missing).toEqual([{ tier: 'long', reason: expect.any(String) as string }]);
    await expect(
      memory.store({ content, memoryType: 'pattern', projectId: project, tier: 'long' }),
    ).rejects.toMatchObject({ code: 'memory-tier-failed' });
    await memory.close();
    server.closeAllConnections();
    server.close();
  });
});

describe.skipIf(!redisIsAvailable())('a Redis that is full', () => {
  it('refuses session context in a sentence, and keeps no answer back', async () => {
    const server = await startRedisServer({ dir: await tempDir() });
    const redis = new Redis({ path: server.path });
    const errors: unknown[] = [];
    const memory = createMemoryCoordinator({
      shortTerm: createRedisShortTerm(redis),
      working: createWorkingTier(http.db),
      longTerm: createRedisShortTerm(redis, { prefix: 'other' }),
      timeBudget: 20_000,
      onError: (error) => errors.push(error),
    });
    const context = { memoryType: 'context', projectId: project } as const;
    await memory.store({ ...context, content: 'The session is about brewing coffee' });
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'maxmemory', '1');
    await expect(memory.store({ ...context, content: 'No room for this' })).rejects.toMatchObject({
      code: 'memory-tier-failed',
      message: expect.stringMatching(/short-term memory failed.*OOM/s) as string,
    });
    const answer = await memory.retrieve({ query: 'brewing coffee', projectId: project, limit: 1 });
    expect(answer.items[0]?.content).toBe('The session is about brewing coffee');
    expect(answer.completeness).toBe(1);
    await memory.close();
    // The use could not be counted, which is told and costs nothing else.
    expect(errors).toHaveLength(1);
    await redis.quit();
    await server.close();
  });
});
