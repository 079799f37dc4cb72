import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import type { MemoryTier } from '../../src/memory/memory-tier.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createRedisShortTerm } from '../../src/memory/memory-tiers/short-term-redis.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import { createMemoryAuditStore } from '../../src/storage/memory-audit-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { describeEachBackend } from '../support/backends.ts';
import { testRedisPrefix } from '../support/redis.ts';
import { waitFor } from '../support/wait-for.ts';
import { openTestMemoryDatabase } from './test-memory.ts';

/** Generous: these tests are about answers, not about speed on a busy machine. */
const timeBudget = 20_000;

// One for the process: Mem0 takes its folder from the environment, once.
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aurora-mem0-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describeEachBackend('memory coordinator', (backend) => {
  let database: Database;
  let redis: Redis | undefined;
  let open: (more?: object) => ReturnType<typeof createMemoryCoordinator>;
  let memory: ReturnType<typeof createMemoryCoordinator>;
  const errors: unknown[] = [];

  beforeAll(async () => {
    database = await openTestMemoryDatabase();
    let shortTerm: MemoryTier;
    if (backend.kind === 'redis') {
      redis = new Redis({ path: backend.redisPath });
      shortTerm = createRedisShortTerm(redis, { prefix: testRedisPrefix() });
    } else {
      shortTerm = createPostgresShortTerm(database.db);
    }
    open = (more = {}) =>
      createMemoryCoordinator({
        shortTerm,
        working: createWorkingTier(database.db),
        longTerm: createMem0LongTerm(database.db, { directory }),
        audit: createMemoryAuditStore(database.db),
        timeBudget,
        holdout: 0,
        onError: (error) => errors.push(error),
        ...more,
      });
    memory = open();
  });
  afterAll(async () => {
    await memory.close();
    await redis?.quit();
    await database.close();
    expect(errors).toEqual([]);
  });

  describe("the seed's own calls", () => {
    it('stores a pattern and retrieves it by a natural question', async () => {
      await memory.store({
        content: 'Use Pydantic v2 model_validator for complex validation',
        memoryType: MemoryType.PATTERN,
        projectId: 'proj_123',
        tags: ['python', 'validation', 'pydantic'],
      });
      const context = await memory.retrieve({
        query: 'How to validate nested objects in FastAPI',
        projectId: 'proj_123',
        limit: 5,
      });
      expect(context).toMatchObject({ completeness: 1, missing: [] });
      expect(context.items).toHaveLength(1);
      expect(context.items[0]).toMatchObject({
        tier: 'working',
        type: 'pattern',
        content: 'Use Pydantic v2 model_validator for complex validation',
      });
      expect(context.items[0]?.why.join()).toContain('says validate');
    });

    it('stores a reflexion, and future similar tasks receive it', async () => {
      const stored = await open({ projectOf: () => Promise.resolve('proj_456') }).storeReflexion({
        taskId: 'task_456',
        originalApproach: 'Used plain dict for request body',
        failureReason: 'Type validation failed at runtime',
        improvedApproach: 'Use Pydantic models with strict validation',
        tags: ['fastapi', 'validation', 'runtime-error'],
      });
      expect(stored).toMatchObject({ projectId: 'proj_456', type: 'reflexion' });
      const { lessons } = await memory.lessonsFor({
        projectId: 'proj_456',
        runId: 'run-2',
        taskId: 'orders',
        text: 'Validate the request body of the orders endpoint',
      });
      expect(lessons).toMatchObject([
        { taskId: 'task_456', improvedApproach: 'Use Pydantic models with strict validation' },
      ]);
      expect(lessons[0]?.why).toContain('similar text');
    });
  });

  it('sends session context to short-term memory, the rest to working memory', async () => {
    const projectId = 'defaults';
    const context = await memory.store({
      content: 'The user is editing the login page',
      memoryType: MemoryType.CONTEXT,
      projectId,
    });
    const decision = await memory.storePattern({ content: 'Login pages use OIDC', projectId });
    const lasting = await memory.store({
      content: 'Login attempts are rate limited',
      memoryType: MemoryType.PATTERN,
      projectId,
      tier: 'long',
    });
    expect([context.tier, decision.tier, lasting.tier]).toEqual(['short', 'working', 'long']);
    const answer = await memory.search({ query: 'login page attempts', projectId, limit: 10 });
    expect(answer.items.map(({ tier }) => tier).sort()).toEqual(['long', 'short', 'working']);
    const one = await memory.search({ query: 'login', projectId, limit: 10, tier: 'short' });
    expect(one.items.map(({ id }) => id)).toEqual([context.id]);
    expect(one.completeness).toBe(1);
  });

  it('answers without a tier that is dead or slow, and says so', async () => {
    const projectId = 'degraded';
    await memory.storePattern({ content: 'Feature flags live in one file', projectId });
    const dead = { search: () => Promise.reject(new Error('connection refused')) };
    const slow = { name: 'long', search: () => new Promise(() => undefined) };
    const degraded = open({
      shortTerm: { ...createPostgresShortTerm(database.db), ...dead },
      longTerm: slow,
      timeBudget: 1_500,
    });
    const answer = await degraded.retrieve({ query: 'feature flags', projectId });
    expect(answer.items).toHaveLength(1);
    expect(answer.completeness).toBeCloseTo(1 / 3);
    expect(answer.missing).toEqual([
      { tier: 'short', reason: 'connection refused' },
      { tier: 'long', reason: 'no answer within 1500 ms' },
    ]);
  });

  it('says of each tier what a failed store was about', async () => {
    const dead = open({
      shortTerm: {
        ...createPostgresShortTerm(database.db),
        store: () => Promise.reject(new Error('connection refused')),
      },
    });
    const draft = { content: 'x', memoryType: MemoryType.CONTEXT, projectId: 'p' };
    await expect(dead.store(draft)).rejects.toMatchObject({
      code: 'memory-tier-failed',
      message: expect.stringContaining('connection refused') as string,
    });
  });

  it('keeps the same content once, however spaced and in whatever case, also at once', async () => {
    const projectId = 'once';
    const stored = await Promise.all(
      ['Pin the  Node version', 'pin the node version', 'PIN THE NODE VERSION\n'].map((content) =>
        memory.storePattern({ content, projectId }),
      ),
    );
    expect(new Set(stored.map(({ id }) => id)).size).toBe(1);
  });

  it('collapses what says nearly the same, across tiers too', async () => {
    const projectId = 'near';
    const content = 'Prefer keyset pagination over offset pagination for large tables';
    const { id } = await memory.storePattern({ content, projectId });
    await memory.promote(id);
    await memory.storePattern({ content: `${content}!`, projectId });
    const answer = await memory.search({ query: 'pagination of large tables', projectId });
    expect(answer.items.filter((item) => item.content.startsWith('Prefer keyset'))).toHaveLength(1);
  });

  it('promotes one tier up by hand, to the top and no further', async () => {
    const projectId = 'promotion';
    const short = await memory.store({
      content: 'Tests of the billing module need a frozen clock',
      memoryType: MemoryType.CONTEXT,
      projectId,
      tags: ['billing'],
    });
    const working = await memory.promote(short.id);
    const long = await memory.promote(working.id);
    expect([working.tier, long.tier]).toEqual(['working', 'long']);
    expect(long).toMatchObject({ content: short.content, tags: ['billing'], expiresAt: null });
    await expect(memory.promote(long.id)).rejects.toMatchObject({ code: 'state-conflict' });
    const elsewhere = await memory.search({ query: 'billing frozen clock', projectId: 'other' });
    expect(elsewhere.items.map(({ id }) => id)).toEqual([long.id]);
    expect(elsewhere.items[0]?.why).toContain('from another project');
  });

  it('promotes session context by itself once two agents have used it', async () => {
    const projectId = 'earned';
    await memory.store({
      content: 'The staging database is called aurora_staging',
      memoryType: MemoryType.CONTEXT,
      projectId,
    });
    const query = { query: 'name of the staging database', projectId };
    await memory.retrieve({ ...query, agent: 'backend' });
    await memory.close();
    const before = await memory.search({ ...query, tier: 'working' });
    expect(before.items).toEqual([]);
    await memory.retrieve({ ...query, agent: 'frontend' });
    await memory.close();
    const after = await memory.search({ ...query, tier: 'working' });
    expect(after.items).toHaveLength(1);
  });

  it('forgets, and says when there is nothing to forget', async () => {
    const { id } = await memory.storePattern({ content: 'Obsolete advice', projectId: 'forget' });
    await memory.forget(id);
    for (const gone of [id, 'working_no', 'nonsense', 'long_0', `short_${'0'.repeat(32)}`]) {
      await expect(memory.forget(gone)).rejects.toMatchObject({ code: 'memory-not-found' });
      await expect(memory.promote(gone)).rejects.toMatchObject({ code: 'memory-not-found' });
    }
    await memory.close();
    const { rows } = await database.pool.query<{ action: string }>(
      'select action from aurora.memory_audit where memory_id = $1 order by id',
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['store', 'forget']);
  });

  it('forgets the copies in other tiers, and the patterns that a lesson made', async () => {
    const projectId = 'forget-derived';
    const first = await memory.store({
      ...{ projectId, content: 'The staging gateway answers 502', memoryType: MemoryType.CONTEXT },
    });
    const lifted = await memory.promote(first.id);
    const copy = await memory.promote(lifted.id);
    expect([first, lifted, copy].map(({ tier }) => tier)).toEqual(['short', 'working', 'long']);
    expect([...(await memory.forget(lifted.id))].sort()).toEqual(
      [first.id, lifted.id, copy.id].sort(),
    );
    const gone = await memory.search({ query: 'staging gateway 502', projectId });
    expect(gone.items).toEqual([]);

    const fail = (taskId: string) =>
      memory.storeReflexion({
        ...{ projectId, taskId, runId: 'r', originalApproach: `Guessed ${taskId}` },
        failureReason: 'AssertionError: the ledger is off by 7',
        improvedApproach: 'Sum in integers',
      });
    for (const task of ['a', 'b']) await fail(task);
    const third = await fail('c');
    await memory.close();
    const patterns = async () =>
      (await memory.search({ query: 'ledger integers', projectId, limit: 20 })).items.filter(
        ({ type }) => type === MemoryType.PATTERN,
      );
    expect(await patterns()).toHaveLength(1);
    expect(await memory.forget(third.id)).toHaveLength(2);
    expect(await patterns()).toEqual([]);
    await memory.close();
  });

  it('makes a pattern of failures anew of those that are left, when one is forgotten', async () => {
    const projectId = 'forget-newest';
    const fail = (taskId: string) =>
      memory.storeReflexion({
        ...{ projectId, taskId, runId: 'r', originalApproach: `Guessed ${taskId}` },
        failureReason: 'AssertionError: the depot is off by 7',
        improvedApproach: `Ask the depot as ${taskId} does`,
      });
    const told = [];
    for (const task of ['anna', 'berta', 'clara', 'doris']) {
      told.push(await fail(task));
      await memory.close();
    }
    const patterns = async () =>
      (await memory.search({ query: 'depot', projectId, limit: 20 })).items
        .filter(({ type }) => type === MemoryType.PATTERN)
        .map(({ content, metadata }) => [content.split('Do: ')[1], metadata.repeats]);
    expect(await patterns()).toEqual([['Ask the depot as doris does', 4]]);
    await memory.forget(told.pop()?.id ?? '');
    expect(await patterns()).toEqual([['Ask the depot as clara does', 3]]);
    await memory.forget(told.pop()?.id ?? '');
    expect(await patterns()).toEqual([]);
    await memory.close();
  });

  it('goes on with forgetting where a dead tier had stopped it', async () => {
    const projectId = 'forget-later';
    const stored = await memory.storePattern({ projectId, content: 'Mirror the bucket nightly' });
    const copy = await memory.promote(stored.id);
    const longTerm = createMem0LongTerm(database.db, { directory });
    const broken = open({
      longTerm: { ...longTerm, forget: () => Promise.reject(new Error('gone')) },
    });
    await expect(broken.forget(stored.id)).rejects.toMatchObject({ code: 'memory-tier-failed' });
    expect([...(await memory.forget(stored.id))].sort()).toEqual([copy.id, stored.id].sort());
  });

  it('exports a project and imports it elsewhere, once', async () => {
    await memory.storeAll([
      { projectId: 'from', content: 'Use pools', memoryType: MemoryType.DECISION, tags: ['db'] },
      {
        ...{ projectId: 'from', content: 'Ada: the demo is on Friday', memoryType: 'pattern' },
        ...{ session: 's1', at: '2026-01-05', metadata: { line: 3 } },
      },
    ]);
    await memory.storeReflexion({
      ...{ projectId: 'from', taskId: 'api', runId: 'r1', attempt: 1, tags: ['http'] },
      originalApproach: 'Polled the endpoint',
      failureReason: 'HTTP 429',
      improvedApproach: 'Use the webhook',
    });
    const lines = await Readable.from(memory.exportAll('from')).toArray();
    expect(lines.map(({ type }) => type)).toEqual(['memory', 'memory', 'reflexion']);
    for (let i = 0; i < 2; i++) await memory.importAll('to', lines);
    const nameless = (line: object) => ({ ...line, id: undefined });
    const again = await Readable.from(memory.exportAll('to')).toArray();
    expect(again.map(nameless)).toEqual(lines.map(nameless));
    const { lessons } = await memory.lessonsFor({ projectId: 'to', runId: 'r1', taskId: 'api' });
    expect(lessons).toMatchObject([{ improvedApproach: 'Use the webhook', own: true }]);
    await memory.close();
  });

  it('takes along what lessons were seen to do, and which of two memories is the newer', async () => {
    const port = (value: number) =>
      memory.store({
        content: `The port of the API is ${value}`,
        projectId: 'seen',
        memoryType: MemoryType.DECISION,
      });
    await port(8080);
    await port(9090);
    await port(8080);
    const session = { content: 'Promoted session context', memoryType: MemoryType.CONTEXT };
    await memory.store({ ...session, projectId: 'seen', tier: 'working' });
    const { id } = await memory.storeReflexion({
      ...{ projectId: 'seen', taskId: 'api', originalApproach: 'Guessed', tags: [] },
      ...{ failureReason: 'Error: port taken', improvedApproach: 'Ask for a free port' },
    });
    const end = (lesson: string, epoch: number, use: 'given' | 'withheld', succeeded: boolean) =>
      memory.recordOutcome({
        ...{ runId: 'seen', taskId: lesson, epoch, succeeded, memories: new Map([[lesson, use]]) },
      });
    await end(id, 1, 'given', true);
    await end(id, 2, 'withheld', false);
    const lines = await Readable.from(memory.exportAll('seen')).toArray();
    await memory.importAll('seen-there', lines);
    const report = await memory.report('seen-there');
    const evidence = { trials: 1, successes: 1, withheldTrials: 1, withheldSuccesses: 0 };
    expect(report).toMatchObject(evidence);
    await end(report.tried[0]?.id ?? '', 1, 'given', true);
    await memory.importAll('seen-there', lines);
    expect(await memory.report('seen-there')).toMatchObject({
      ...evidence,
      trials: 2,
      successes: 2,
    });

    while (await memory.tend());
    const { items } = await memory.search({ query: 'port of the API', projectId: 'seen-there' });
    const ports = items.filter(({ type }) => type === 'decision');
    expect(ports.map(({ content, contradictedBy }) => [content, contradictedBy])).toEqual([
      ['The port of the API is 8080', undefined],
      ['The port of the API is 9090', ports[0]?.id],
    ]);
    expect((await memory.stats('seen-there')).working).toContainEqual(
      expect.objectContaining({ type: 'context', memories: 1 }),
    );
  });

  it('ties an imported pattern to its lesson, with which it is forgotten', async () => {
    const taught = { taskId: 'api', originalApproach: 'Guessed', tags: [] };
    const advice = { failureReason: 'Error: port taken', improvedApproach: 'Ask for a free port' };
    const pattern = {
      type: 'memory' as const,
      memoryType: MemoryType.PATTERN,
      content: 'Proven in 30 attempts. Do: Ask for a free port',
      tags: [],
      metadata: { signature: 'error port taken', from: 'working_0-there' },
    };
    await memory.importAll('tied', [
      pattern,
      { type: 'reflexion', id: 'working_0-there', ...taught, ...advice },
    ]);
    const { items } = await memory.search({ query: 'free port', projectId: 'tied' });
    const lesson = items.find(({ type }) => type === 'reflexion');
    const made = items.find(({ type }) => type === 'pattern');
    expect(made?.metadata.from).toBe(lesson?.id);
    expect([...(await memory.forget(lesson?.id ?? ''))].sort()).toEqual(
      [lesson?.id, made?.id].sort(),
    );
  });

  it('raises what fails three times in the same way to one pattern of the project', async () => {
    const projectId = 'repeats';
    const failWith = (n: number) =>
      memory.storeReflexion({
        projectId,
        runId: `run-${n}`,
        taskId: `task-${n}`,
        originalApproach: `Guessed the port, try ${n}`,
        failureReason: `Error: connect ECONNREFUSED 127.0.0.1:${5_000 + n}`,
        improvedApproach: `Read the port from the environment (${n})`,
      });
    const patterns = async () => {
      await memory.close();
      const { items } = await memory.search({ query: 'connect port environment', projectId });
      return items.filter(({ type }) => type === 'pattern');
    };
    await failWith(1);
    await failWith(2);
    expect(await patterns()).toEqual([]);
    await failWith(3);
    const [pattern] = await patterns();
    expect(pattern?.content).toContain('Read the port from the environment (3)');
    await failWith(4);
    const again = await patterns();
    expect(again).toMatchObject([{ id: pattern?.id, metadata: { repeats: 4 } }]);
    expect(await memory.get(again[0]?.id as string)).toMatchObject({ projectId });
  });

  it('sweeps what has expired', async () => {
    const brief = open({ working: createWorkingTier(database.db, { lifetime: 1 }) });
    await brief.storePattern({ content: 'Gone in a moment', projectId: 'sweep' });
    const swept = await waitFor(async () => (await memory.expire()) || undefined);
    expect(swept).toBe(1);
    expect(await memory.expire()).toBe(0);
  });

  it('gives a prompt what fits into its tokens, the best first, and says what was left out', async () => {
    const projectId = 'tokens';
    const draft = (content: string) => ({ content, projectId, memoryType: MemoryType.PATTERN });
    await memory.storeAll([
      draft('Deploy with the blue script'),
      draft(`Deploy with the green script. ${'It has a long history. '.repeat(200)}`),
      draft('The red script is for the deploy of demos'),
    ]);
    const query = { query: 'deploy with the script', projectId };
    const answer = await memory.retrieve({ ...query, maxTokens: 40 });
    expect(answer.items).toHaveLength(2);
    expect(answer.items[0]?.content).toBe('Deploy with the blue script');
    expect(answer.leftOut).toBe(1);
    expect((await memory.retrieve(query)).leftOut).toBe(0);
    expect((await open({ promptTokens: 0 }).retrieve(query)).leftOut).toBe(3);
    expect((await open({ promptTokens: 0 }).search(query)).items).toHaveLength(3);
  });

  it('gives an attempt its own last lesson at any rate, in short', async () => {
    const taught = { projectId: 'tokens', runId: 'r', tags: [] };
    const long = (what: string) => `${what} ${'and so on '.repeat(500)}`;
    const lesson = {
      originalApproach: long('Guessed'),
      failureReason: long('It was wrong'),
      improvedApproach: long('Look it up'),
    };
    await memory.storeReflexion({ ...taught, ...lesson, taskId: 'own' });
    await memory.storeReflexion({
      ...taught,
      ...lesson,
      taskId: 'other',
      failureReason: long('So'),
    });
    const answer = await memory.lessonsFor({
      ...{ projectId: 'tokens', runId: 'r', taskId: 'own', text: 'Guessed wrong', maxTokens: 300 },
    });
    expect(answer.lessons).toHaveLength(1);
    expect(answer.lessons[0]?.improvedApproach).toMatch(/^Look it up .* … \(cut\)$/);
    expect(answer.leftOut).toBe(1);
    expect(answer.tokensLeft).toBeLessThan(60);
  });

  it('tells of each retrieval, for the metrics', async () => {
    const queries: unknown[][] = [];
    const counted = open({ onQuery: (...told: unknown[]) => queries.push(told) });
    await counted.search({ query: 'anything', projectId: 'empty', tier: 'working' });
    await counted.retrieve({ query: 'zzzz', projectId: 'empty' });
    expect(queries).toEqual([
      [['working'], 0, expect.any(Number)],
      [['short', 'working', 'long'], 0, expect.any(Number)],
    ]);
  });

  it('refuses what it cannot take, with every problem', async () => {
    const bad = { content: '\0 ', memoryType: 'rumour', projectId: '', extra: 1 };
    await expect(memory.store(bad as never)).rejects.toMatchObject({
      code: 'memory-invalid',
      message: expect.stringMatching(/content: .*memoryType: .*projectId: /s) as string,
    });
    const pattern = { content: 'x', projectId: 'p' };
    await expect(
      memory.storePattern({ ...pattern, metadata: { log: 'x'.repeat(200_000) } }),
    ).rejects.toMatchObject({ code: 'memory-invalid' });
    await expect(memory.retrieve({ query: ' ', projectId: 'p' })).rejects.toMatchObject({
      code: 'memory-invalid',
    });
    await expect(memory.storeReflexion({ taskId: 't' } as never)).rejects.toMatchObject({
      code: 'memory-invalid',
    });
  });

  it('makes text storable and keeps secrets out, wherever they are', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const stored = await memory.storePattern({
      content: `Push with ${token}\0 and \ud800 go`,
      projectId: 'secrets',
      tags: ['Git', 'git', token],
      metadata: { command: [`git push https://bot:${token}@example.org`], [token]: true },
    });
    expect(stored.content).toBe('Push with [redacted:github-token] and \ufffd go');
    expect(JSON.stringify(stored)).not.toContain(token.slice(4));
    expect(stored.tags).toContain('git');
    await memory.storeReflexion({
      projectId: 'secrets',
      taskId: 't',
      originalApproach: `export TOKEN=${token}`,
      failureReason: token,
      improvedApproach: `unset ${token}`,
    });
    const { rows } = await database.pool.query<{ row: string }>(
      `select m::text as row from aurora.memories m union all select r::text from aurora.reflexions r`,
    );
    expect(
      rows.filter(({ row }) => row.toLowerCase().includes(token.slice(4).toLowerCase())),
    ).toEqual([]);
  });
});
