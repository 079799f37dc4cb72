import { afterAll, beforeAll, expect, it } from 'vitest';
import { getEscalation, listEscalations } from '../../src/storage/escalation-store.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { openHttp, type HttpHarness } from './http-harness.ts';
import { claim, complete, diamond, fail, seedFleet, seedRun } from './seed-run.ts';

let http: HttpHarness;
beforeAll(async () => {
  http = await openHttp();
  await seedFleet(http.db);
});
afterAll(() => http.close());

const page = async (url: string) => {
  const answer = await http.app.inject({ url, headers: { accept: 'text/html' } });
  expect(answer.statusCode).toBe(200);
  return answer.body;
};
const form = { 'content-type': 'application/x-www-form-urlencoded' };

it('says how to begin when there is nothing', async () => {
  const empty = await openHttp();
  try {
    const answer = await empty.app.inject({ url: '/' });
    expect(answer.body).toContain('aurora run');
  } finally {
    await empty.close();
  }
});

it('shows a run: what was asked, requirements, graph, tasks, lessons and messages', async () => {
  const stored = await http.deps.memory.store({
    content: 'unused',
    memoryType: 'pattern',
    projectId: 'p',
  });
  const run = await seedRun(http.db, diamond);
  await complete(http.db, run.id, 'schema', [stored.id]);
  await claim(http.db, run.id, 'api');
  await fail(http.db, run.id, 'page', 'three checks are red');
  const body = await page(`/runs/${run.id}`);
  expect(body).toContain('1 of 4 tasks');
  expect(body).toContain('REQ-002');
  expect(body.match(/class="edge/g)).toHaveLength(4);
  expect(body.match(/id="task-/g)).toHaveLength(4);
  expect(body).toContain('three checks are red');
  expect(body).toContain('1 lesson given');
  expect(body).toContain('TASK_FAILED');
  expect(body).toContain(`data-events="/v1/runs/${run.id}/events?after=`);
  expect(await page('/')).toContain(`/runs/${run.id}#escalations`);
});

it('escapes everything that people and agents write', async () => {
  const evil = `<img src=x onerror=alert(1)>"'&<script>alert(1)</script>`;
  const run = await seedRun(
    http.db,
    {
      version: 1,
      title: evil,
      requirements: [{ id: 'REQ-001', title: evil }],
      tasks: [{ id: 'a', title: evil, role: 'backend', requirements: ['REQ-001'] }],
    },
    evil,
  );
  await fail(http.db, run.id, 'a', evil);
  for (const url of ['/', `/runs/${run.id}`, `/login?next=/${encodeURIComponent('"><script>')}`]) {
    const { body } = await http.app.inject({ url });
    expect(body).not.toMatch(/<img src=x|<script>|"><script/);
  }
  const body = await page(`/runs/${run.id}`);
  // Title, heading, requirement, node, row, failure, evidence, question, plan, log.
  expect(body.split('&lt;img src=x onerror=alert(1)&gt;').length).toBeGreaterThan(8);
});

it('has no inline script or style, which its policy would not run', async () => {
  const run = await seedRun(http.db, diamond);
  for (const url of ['/', `/runs/${run.id}`]) {
    const body = await page(url);
    expect(body).not.toMatch(/<script(?![^>]* src=)|<style|<[^>]*\s(style|on\w+)=/);
    for (const [, asset] of body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      expect((await http.app.inject({ url: asset as string })).statusCode).toBe(200);
    }
  }
});

it('answers an escalation and aborts by plain forms', async () => {
  const run = await seedRun(http.db, diamond);
  await fail(http.db, run.id, 'schema', 'no');
  const [escalation] = await listEscalations(http.db, run.id);
  const answered = await http.app.inject({
    method: 'POST',
    url: `/runs/${run.id}/escalations/${escalation?.id}`,
    headers: form,
    payload: 'action=retry&words=',
  });
  expect(answered.statusCode).toBe(303);
  expect((await getTask(http.db, run.id, 'schema')).state).toBe('waiting');
  const aborted = await http.app.inject({
    method: 'POST',
    url: `/runs/${run.id}/abort`,
    headers: form,
    payload: '',
  });
  expect(aborted.headers['location']).toBe(`/runs/${run.id}`);
  expect((await getRun(http.db, run.id)).abortRequestedAt).not.toBeNull();
});

it('edits and splits a failed task by plain forms, and shows what is wrong with them', async () => {
  const run = await seedRun(http.db, diamond);
  await fail(http.db, run.id, 'schema', 'no');
  const [escalation] = await listEscalations(http.db, run.id);
  const send = (fields: Record<string, string>) =>
    http.app.inject({
      ...{ method: 'POST', url: `/runs/${run.id}/escalations/${escalation?.id}` },
      headers: { ...form, accept: 'text/html' },
      payload: new URLSearchParams(fields).toString(),
    });
  const edit = { action: 'edit', 'task-prompt': 'Use\r\n<b>pg 18</b>' };
  const refused = await send({ ...edit, 'task-timeout': 'soon', 'task-verify': '["npm", "test"]' });
  expect(refused.statusCode).toBe(400);
  expect(refused.body).toContain('timeout: must be a duration such as');
  // What was typed is still there, in the form that is open.
  expect(refused.body).toMatch(/<details id="edit-esc_[^"]*" open>/);
  expect(refused.body).toContain('&lt;b&gt;pg 18&lt;/b&gt;');
  expect((await send({ action: 'edit' })).body).toContain('name at least one thing to change');
  expect((await send({ ...edit, 'task-input': '{' })).body).toContain('that is no JSON');
  expect((await send({ action: 'split', parts: '- id: a' })).body).toContain('no parts of a task');

  const unchanged = { 'task-timeout': '10m', 'task-maxAttempts': '5', 'task-capabilities': '' };
  const edited = await send({ ...edit, ...unchanged, 'task-verify': 'npm test' });
  expect(edited.statusCode).toBe(303);
  const { state, spec } = await getTask(http.db, run.id, 'schema');
  expect({ state, ...spec }).toMatchObject({
    ...{ state: 'waiting', prompt: 'Use\n<b>pg 18</b>', verify: ['npm', 'test'] },
    timeout: 600_000,
  });
  const { answer } = await getEscalation(http.db, escalation?.id as string);
  expect(Object.keys(answer?.action === 'edit' ? answer.changes : {}).sort()).toEqual([
    'prompt',
    'verify',
  ]);
});

it('does not try to draw what nobody could read', async () => {
  const tasks = Array.from({ length: 600 }, (_, index) => ({
    id: `t${index}`,
    title: `Task ${index}`,
    role: 'backend' as const,
  }));
  const run = await seedRun(http.db, { version: 1, title: 'Wide', tasks });
  const body = await page(`/runs/${run.id}`);
  expect(body).toContain('600 tasks are too many to draw');
  expect(body).toContain('100 more');
});

it('describes every route of the API', async () => {
  const document = (await http.app.inject({ url: '/docs/json' })).json();
  expect(Object.keys(document.paths).sort()).toEqual([
    '/healthz',
    '/metrics',
    '/readyz',
    '/v1/agents',
    '/v1/agents/{name}/resume',
    '/v1/escalations',
    '/v1/escalations/{id}',
    '/v1/escalations/{id}/abort',
    '/v1/escalations/{id}/answer',
    '/v1/escalations/{id}/edit',
    '/v1/escalations/{id}/raise',
    '/v1/escalations/{id}/reassign',
    '/v1/escalations/{id}/retry',
    '/v1/escalations/{id}/skip',
    '/v1/escalations/{id}/split',
    '/v1/memories',
    '/v1/memories/reflexions',
    '/v1/memories/report',
    '/v1/memories/search',
    '/v1/memories/stats',
    '/v1/memories/{id}',
    '/v1/memories/{id}/promote',
    '/v1/messages',
    '/v1/projects',
    '/v1/projects/{name}',
    '/v1/runs',
    '/v1/runs/{id}',
    '/v1/runs/{id}/abort',
    '/v1/runs/{id}/amend',
    '/v1/runs/{id}/approve',
    '/v1/runs/{id}/deliveries',
    '/v1/runs/{id}/deliveries/sync',
    '/v1/runs/{id}/events',
    '/v1/runs/{id}/graph',
    '/v1/runs/{id}/pause',
    '/v1/runs/{id}/resume',
    '/v1/runs/{id}/retry',
    '/v1/runs/{id}/revisions',
    '/v1/runs/{id}/tasks',
    '/v1/runs/{id}/trace',
    '/v1/runs/{id}/trace/{requirement}',
    '/v1/tasks/{runId}/{taskId}',
  ]);
  for (const [path, methods] of Object.entries<Record<string, { responses: object }>>(
    document.paths,
  )) {
    for (const { responses } of Object.values(methods)) {
      expect(responses, path).toHaveProperty('default');
    }
  }
});
