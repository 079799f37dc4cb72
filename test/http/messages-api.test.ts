import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAttemptToken } from '../../src/domain/attempt-token.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { listUnheardPatterns } from '../../src/storage/pattern-store.ts';
import { attemptSecret, openHttp, type HttpHarness } from './http-harness.ts';
import { claim, diamond, fail, seedFleet, seedRun } from './seed-run.ts';

let http: HttpHarness;
beforeAll(async () => {
  http = await openHttp();
  await seedFleet(http.db);
});
afterAll(() => http.close());

const taskId = 'schema';
const attempt = async () => {
  const { id: runId } = await seedRun(http.db, diamond);
  const { epoch } = await claim(http.db, runId, taskId);
  return { runId, fence: { runId, taskId, epoch } };
};
const say = (token: string | undefined, payload: object) =>
  http.app.inject({
    ...{ method: 'POST', url: '/v1/messages', payload },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
const progress = { type: 'TASK_PROGRESS', payload: { stage: 'half way', share: 0.5 } };

test('a running attempt tells its progress and its findings, and asks memory', async () => {
  // The first search of a process loads word lists, for which a reader waits, but no attempt.
  await http.app.inject({ method: 'GET', url: '/v1/memories/search?q=warm&project=none' });
  const { runId, fence } = await attempt();
  const token = issueAttemptToken(attemptSecret, fence);
  expect((await say(token, progress)).statusCode).toBe(201);
  // The second is known to the scanner's rules only.
  const [ours, theirs] = ['AKIAIOSFODNN7EXAMPLE', `lin_api_${'a1B2'.repeat(10)}`];
  const content = `ids are ULIDs; keys ${ours} ${theirs}`;
  const found = await say(token, { type: 'PATTERN_STORE', payload: { content, tags: ['ids'] } });
  expect(found.json()).toEqual({ context: null });
  expect(await listUnheardPatterns(http.db, 10, runId)).toEqual([]);
  const asked = await say(token, { type: 'CONTEXT_REQUEST', payload: { query: 'ULIDs ids' } });
  expect(asked.json()).toMatchObject({
    context: { completeness: 1, items: [{ content: expect.stringContaining('ids are ULIDs') }] },
  });
  const said = (await listMessages(http.db, runId)).slice(-4);
  expect(said.map(({ type, sender, recipient }) => [type, sender, recipient])).toEqual([
    ['TASK_PROGRESS', `agent:${said[0]?.sender.slice(6)}`, 'maestro'],
    ['PATTERN_STORE', said[0]?.sender, 'memory'],
    ['CONTEXT_REQUEST', said[0]?.sender, 'memory'],
    ['CONTEXT_RESPONSE', 'memory', said[0]?.sender],
  ]);
  expect(said.every(({ epoch }) => epoch === fence.epoch)).toBe(true);
  expect(JSON.stringify(said)).not.toContain(ours);
  expect(JSON.stringify(said)).not.toContain(theirs);
});

test('an attempt that is over is refused, and nothing is recorded', async () => {
  const { runId, fence } = await attempt();
  await fail(http.db, runId, taskId, 'red');
  const before = await listMessages(http.db, runId);
  const answer = await say(issueAttemptToken(attemptSecret, fence), progress);
  expect(answer.statusCode).toBe(409);
  expect(answer.json()).toMatchObject({ code: 'attempt-over' });
  expect(await listMessages(http.db, runId)).toEqual(before);
});

test('only the token of an attempt opens this door, and it opens no other', async () => {
  const { runId, fence } = await attempt();
  const token = issueAttemptToken(attemptSecret, fence);
  const forged = issueAttemptToken('another secret', fence);
  const [body = '', signature] = token.split('.');
  const other = Buffer.from(JSON.stringify([runId, 'api', 1])).toString('base64url');
  for (const bad of [undefined, forged, body, `${other}.${signature}`, 'x.y', `${token}.z`]) {
    expect((await say(bad, progress)).statusCode, String(bad)).toBe(401);
  }
  const guarded = await http.server({ token: 'the-token-of-the-server' });
  const headers = { authorization: `Bearer ${token}` };
  const inside = await guarded.inject({ method: 'GET', url: '/v1/runs', headers });
  expect(inside.statusCode).toBe(401);
  const answer = await guarded.inject({
    ...{ method: 'POST', url: '/v1/messages', payload: progress, headers },
  });
  expect(answer.statusCode).toBe(201);
});

test.each([
  [{ type: 'TASK_COMPLETE', payload: {} }],
  [{ type: 'TASK_PROGRESS', payload: { stage: '' } }],
  [{ type: 'TASK_PROGRESS', payload: { stage: 'x', share: 3 } }],
  [{ type: 'PATTERN_STORE', payload: { content: 'x'.repeat(100_001) } }],
  [{ type: 'CONTEXT_REQUEST', payload: { query: 'x', limit: 0 } }],
])('refuses %j', async (message) => {
  const answer = await say('x.y', message);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ code: 'request-invalid' });
});
