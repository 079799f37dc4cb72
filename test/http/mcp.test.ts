import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { issueAttemptToken } from '../../src/domain/attempt-token.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { attemptSecret, openHttp, type HttpHarness } from './http-harness.ts';
import { claim, diamond, fail, seedFleet, seedRun } from './seed-run.ts';

const serverToken = 'a-token-of-sixteen-and-more';
let http: HttpHarness;
/** Of a server with a token, that really listens. */
let url: URL;
beforeAll(async () => {
  http = await openHttp();
  await seedFleet(http.db);
  const guarded = await http.server({ token: serverToken });
  url = new URL('/mcp', await guarded.listen({ port: 0, host: '127.0.0.1' }));
});
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(() => http.close());

type Era = 'legacy' | 'auto';
async function connect(token: string | undefined, mode: Era = 'legacy'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  clients.push(client);
  return client;
}
const call = (client: Client, name: string, args: Record<string, unknown>) =>
  client.callTool({ name, arguments: args });
/** What a call has failed with, as the model reads it. */
async function failureOf(client: Client, name: string, args: Record<string, unknown>) {
  const { isError, content } = await call(client, name, args);
  expect(isError, JSON.stringify(content)).toBe(true);
  return (content[0] as { text: string }).text;
}
const raw = (headers: Record<string, string>, body: string | undefined = undefined) =>
  fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });

const runningAttempt = async (project: string) => {
  const { id: runId } = await seedRun(http.db, diamond, project);
  const { epoch } = await claim(http.db, runId, 'schema');
  return { runId, token: issueAttemptToken(attemptSecret, { runId, taskId: 'schema', epoch }) };
};

describe.each<Era>(['legacy', 'auto'])('an operator, protocol %s', (mode) => {
  test('is told what every tool does, takes and gives', async () => {
    const client = await connect(serverToken, mode);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      ...['agent_list', 'escalation_answer', 'escalation_list', 'escalation_show'],
      ...['memory_forget', 'memory_promote', 'memory_report', 'memory_search', 'memory_show'],
      ...['memory_stats', 'memory_store'],
      ...['run_control', 'run_list', 'run_status', 'run_submit', 'run_tasks', 'task_show'],
    ]);
    for (const { name, description, inputSchema, outputSchema } of tools) {
      expect(description, name).toMatch(/^[A-Z].*\.$/s);
      expect(inputSchema.type, name).toBe('object');
      expect(outputSchema?.type, name).toBe('object');
    }
    const effectOf = (wanted: string) => tools.find(({ name }) => name === wanted)?.annotations;
    expect(effectOf('memory_search')).toMatchObject({ readOnlyHint: true });
    expect(effectOf('memory_forget')).toMatchObject({ readOnlyHint: false, destructiveHint: true });
    expect(client.getInstructions()).toContain('never instructions');
  });

  test('stores, finds, shows and forgets', async () => {
    const client = await connect(serverToken, mode);
    const project = `rules-${mode}`;
    const content = 'Validate input at the door with zod; key AKIAIOSFODNN7EXAMPLE';
    const stored = await call(client, 'memory_store', { content, kind: 'pattern', project });
    const { id } = stored.structuredContent as { id: string };
    expect(stored.structuredContent).toMatchObject({
      content: expect.stringContaining('redacted'),
    });
    const found = await call(client, 'memory_search', { query: 'zod validate', project });
    expect(found.structuredContent).toMatchObject({
      items: [{ id, why: expect.arrayContaining([expect.any(String)]) }],
      completeness: 1,
    });
    const [notice, json] = found.content as { text: string }[];
    expect(notice?.text).toContain('never an instruction');
    expect(JSON.parse(json?.text ?? '')).toEqual(found.structuredContent);
    const shown = await call(client, 'memory_show', { id });
    expect(shown.structuredContent).toMatchObject({ id, origins: [] });
    const gone = await call(client, 'memory_forget', { id });
    expect(gone.structuredContent).toEqual({ forgotten: [id] });
    expect(await failureOf(client, 'memory_show', { id })).toMatch(/^memory-not-found: .*\. Find/);
  });
});

test('an operator submits a run, watches it, and answers what it asks', async () => {
  const client = await connect(serverToken);
  const submitted = await call(client, 'run_submit', { requirement: 'A shop', project: 'asked' });
  expect(submitted.structuredContent).toMatchObject({ project: 'asked', warnings: [] });

  const { id: run } = await seedRun(http.db, diamond, 'watched');
  await fail(http.db, run, 'schema', 'red');
  const status = await call(client, 'run_status', { run });
  expect(status.structuredContent).toMatchObject({ id: run, tasks: { failed: 1, waiting: 3 } });
  const failed = await call(client, 'run_tasks', { run, state: 'failed' });
  expect(failed.structuredContent).toMatchObject({ total: 1, tasks: [{ id: 'schema' }] });
  const task = await call(client, 'task_show', { run, task: 'schema' });
  expect(task.structuredContent).toMatchObject({ attempts: [{ failure: { message: 'red' } }] });

  const open = await call(client, 'escalation_list', { run });
  const [escalation] = (open.structuredContent as { escalations: { id: string }[] }).escalations;
  const answer = { action: 'retry', advice: 'Use the other table.' };
  const answered = await call(client, 'escalation_answer', { escalation: escalation?.id, answer });
  expect(answered.structuredContent).toMatchObject({ state: 'resolved', answer });
  expect(
    await failureOf(client, 'escalation_answer', { escalation: escalation?.id, answer }),
  ).toMatch(/^state-conflict: /);
  const paused = await call(client, 'run_control', { run, action: 'pause' });
  expect(paused.structuredContent).toMatchObject({ pausedAt: expect.any(String) });
  const listed = await call(client, 'run_list', { project: 'watched' });
  expect(listed.structuredContent).toMatchObject({ runs: [{ id: run }], next: null });
  expect((await call(client, 'agent_list', {})).structuredContent).toMatchObject({
    agents: [{ name: 'backend' }, { name: 'frontend' }],
  });
});

test.each([
  ['memory_search', { query: '', project: 'p' }, /query/],
  ['memory_search', { query: 'x', project: 'p', limit: 1_000_000_000 }, /limit/],
  ['memory_store', { content: 'x', kind: 'poem', project: 'p' }, /kind/],
  ['memory_store', { content: 'x'.repeat(100_001), kind: 'pattern', project: 'p' }, /content/],
  ['memory_show', { id: '../x' }, /id/],
  ['memory_show', { id: 'wrk_none', of: 'all' }, /of/],
  ['run_status', { run: 'run_none' }, /^run-not-found: /],
  ['run_submit', { requirement: 'x', plan: {} }, /not both/],
  ['escalation_answer', { escalation: 'esc_none', answer: { action: 'ponder' } }, /action/],
])('%s refuses %j and says why', async (name, args, why) => {
  expect(await failureOf(await connect(serverToken), name, args)).toMatch(why);
});

test('an unknown tool is an error of the protocol', async () => {
  const client = await connect(serverToken);
  await expect(call(client, 'memory_explode', {})).rejects.toThrow(/not found/);
});

describe('an attempt', () => {
  test('reaches its task and the memory of its project', async () => {
    const { runId, token } = await runningAttempt('mine');
    const client = await connect(token);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      ...['memory_search', 'memory_show', 'memory_store', 'task_progress', 'task_show'],
    ]);
    await call(client, 'memory_store', { content: 'Ids of notes are ULIDs.', tags: ['ids'] });
    const found = await call(client, 'memory_search', { query: 'ids of notes' });
    expect(found.structuredContent).toMatchObject({ items: [{ content: expect.any(String) }] });
    const { id } = (found.structuredContent as { items: { id: string }[] }).items[0] ?? { id: '' };
    expect((await call(client, 'memory_show', { id })).structuredContent).toMatchObject({ id });
    await call(client, 'task_progress', { stage: 'half way', share: 0.5 });
    const task = await call(client, 'task_show', {});
    expect(task.structuredContent).toMatchObject({ runId, id: 'schema', state: 'running' });
    const said = (await listMessages(http.db, runId)).map(({ type }) => type);
    expect(said.slice(-4)).toEqual([
      ...['PATTERN_STORE', 'CONTEXT_REQUEST', 'CONTEXT_RESPONSE', 'TASK_PROGRESS'],
    ]);
  });

  test("gets nothing of another project's memory, and nothing of the fleet", async () => {
    const operator = await connect(serverToken);
    const secret = { content: 'The launch is on Friday.', kind: 'decision', project: 'theirs' };
    const stored = await call(operator, 'memory_store', secret);
    const { id } = stored.structuredContent as { id: string };
    const client = await connect((await runningAttempt('ours')).token);
    expect(await failureOf(client, 'memory_show', { id })).toMatch(/^memory-not-found: /);
    const found = await call(client, 'memory_search', { query: 'When is the launch?' });
    expect(found.structuredContent).toMatchObject({ items: [] });
    const asked = { query: 'launch', project: 'theirs' };
    expect(await failureOf(client, 'memory_search', asked)).toMatch(/project/);
    for (const name of ['memory_forget', 'run_submit', 'run_control', 'escalation_answer']) {
      await expect(call(client, name, { id })).rejects.toThrow(/not found/);
    }
  });

  test('is refused when it is over', async () => {
    const { runId, token } = await runningAttempt('over');
    await fail(http.db, runId, 'schema', 'red');
    await expect(connect(token)).rejects.toThrow(/attempt-over/);
  });

  test('is held to its scope where everybody else may do everything', async () => {
    const app = await http.server({});
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const { token } = await runningAttempt('open-house');
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const body = await fetch(`${address}/mcp`, {
      method: 'POST',
      headers: {
        ...{ accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(list),
    }).then((answer) => answer.text());
    expect(body).toContain('task_progress');
    expect(body).not.toContain('memory_forget');
  });
});

describe('the door', () => {
  const initialize = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const authorization = `Bearer ${serverToken}`;

  test.each([undefined, 'wrong-token-of-the-server', 'x.y'])(
    'refuses the token %j',
    async (token) => {
      await expect(connect(token)).rejects.toThrow(/unauthorized/);
      const answer = await raw(token === undefined ? {} : { authorization: token }, initialize);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    },
  );

  test.each(['https://evil.example', 'null', 'http://localhost:1'])(
    'refuses pages of %s, even with the token',
    async (origin) => {
      for (const body of [initialize, undefined]) {
        const answer = await raw({ authorization, origin }, body);
        expect(answer.status).toBe(403);
        expect(await answer.json()).toMatchObject({ code: 'request-forbidden' });
      }
    },
  );

  test.each([
    ['foreign host names', { host: 'evil.example' }, 403],
    ['a token that nobody knows', { authorization: 'Bearer of-another-fleet' }, 401],
  ])('refuses %s on a server without a token', async (_, headers, status) => {
    const post = { method: 'POST' as const, url: '/mcp', payload: JSON.parse(initialize) };
    expect((await http.app.inject({ ...post, headers })).statusCode).toBe(status);
  });

  test.each([
    ['2 MB and more', JSON.stringify({ x: 'y'.repeat(2 * 1024 * 1024) }), 413],
    ['no JSON', '{"jsonrpc":', 400],
    ['no JSON-RPC', '{"method":3}', 400],
  ])('refuses %s', async (_, body, status) => {
    expect((await raw({ authorization }, body)).status).toBe(status);
  });

  test('has no sessions', async () => {
    expect((await raw({ authorization })).status).toBe(405);
    expect((await raw({ authorization }, initialize)).status).toBe(200);
  });
});
