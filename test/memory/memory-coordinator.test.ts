import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import { describeEachBackend } from '../support/backends.ts';
import { waitFor } from '../support/wait-for.ts';
import { stageCoordinator, type CoordinatorStage } from './coordinator-stage.ts';

describeEachBackend('memory coordinator', (backend) => {
  const stage = stageCoordinator(backend);
  let database: CoordinatorStage['database'];
  let memory: CoordinatorStage['memory'];
  let open: CoordinatorStage['open'];
  beforeAll(() => {
    ({ database, memory, open } = stage);
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
