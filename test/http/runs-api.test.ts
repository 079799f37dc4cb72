import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHttp, type HttpHarness } from './http-harness.ts';
import { claim, complete, diamond, fail, seedFleet, seedRun } from './seed-run.ts';

let http: HttpHarness;
beforeAll(async () => {
  http = await openHttp();
  await seedFleet(http.db);
});
afterAll(() => http.close());

const get = async (url: string) => http.app.inject({ method: 'GET', url });
const post = async (url: string, payload?: object, headers = {}) =>
  http.app.inject({ method: 'POST', url, headers, ...(payload ? { payload } : {}) });

describe('submitting', () => {
  it('records a requirement and says where the run is', async () => {
    const answer = await post('/v1/runs', { requirement: 'Users can log in', project: 'portal' });
    expect(answer.statusCode).toBe(201);
    const run = answer.json();
    expect(run).toMatchObject({ project: 'portal', state: 'submitted', warnings: [] });
    expect(answer.headers['location']).toBe(`/v1/runs/${run.id}`);
    const detail = await get(`/v1/runs/${run.id}`);
    expect(detail.json()).toMatchObject({
      id: run.id,
      request: { kind: 'requirement', text: 'Users can log in' },
      requirements: [],
    });
  });

  it('answers the same key with the same run, from body or header', async () => {
    const payload = { requirement: 'Once', project: 'keys' };
    const first = await post('/v1/runs', payload, { 'idempotency-key': 'k1' });
    const again = await post('/v1/runs', payload, { 'idempotency-key': 'k1' });
    const inBody = await post('/v1/runs', { ...payload, idempotencyKey: 'k1' });
    expect([first.statusCode, again.statusCode, inBody.statusCode]).toEqual([201, 200, 200]);
    expect(new Set([first, again, inBody].map((answer) => answer.json().id)).size).toBe(1);
  });

  it('refuses a key that was used for something else', async () => {
    const headers = { 'idempotency-key': 'k2' };
    await post('/v1/runs', { requirement: 'One', project: 'keys' }, headers);
    const other = await post('/v1/runs', { requirement: 'Two', project: 'keys' }, headers);
    expect(other.statusCode).toBe(409);
    expect(other.json().code).toBe('idempotency-conflict');
  });

  it('refuses two different keys', async () => {
    const answer = await post(
      '/v1/runs',
      { requirement: 'One', idempotencyKey: 'a' },
      { 'idempotency-key': 'b' },
    );
    expect(answer.statusCode).toBe(400);
  });

  it('lists every problem of a request with its place', async () => {
    const answer = await post('/v1/runs', { requirement: 'x', plan: {}, tittle: 'typo' });
    expect(answer.statusCode).toBe(400);
    const { code, problems } = answer.json();
    expect(code).toBe('request-invalid');
    expect(problems.map((problem: { message: string }) => problem.message).join()).toContain(
      'tittle',
    );
  });
});

describe('reading', () => {
  it('pages through the runs, newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await post('/v1/runs', { requirement: `Page ${i}`, project: 'paging' });
      ids.unshift(answer.json().id);
    }
    const first = (await get('/v1/runs?project=paging&limit=2')).json();
    const rest = (await get(`/v1/runs?project=paging&limit=2&before=${first.next}`)).json();
    const seen = [...first.runs, ...rest.runs].map((run: { id: string }) => run.id);
    expect(seen.sort()).toEqual(ids.sort());
    expect(rest.next).toBeNull();
  });

  it('shows tasks, graph, a task with its attempts, and counts', async () => {
    const run = await seedRun(http.db, diamond);
    await fail(http.db, run.id, 'schema', 'the table has no key', 1);
    await expect.poll(() => complete(http.db, run.id, 'schema').then(() => true)).toBe(true);
    await claim(http.db, run.id, 'api');

    const shown = (await get(`/v1/runs/${run.id}`)).json();
    expect(shown.tasks).toMatchObject({ done: 1, running: 1, waiting: 2 });
    expect(shown.requirements).toHaveLength(2);

    const { tasks } = (await get(`/v1/runs/${run.id}/tasks`)).json();
    expect(tasks.map((task: { id: string }) => task.id)).toEqual(['schema', 'api', 'page', 'docs']);

    const graph = (await get(`/v1/runs/${run.id}/graph`)).json();
    expect(graph.nodes.map((node: { level: number }) => node.level)).toEqual([1, 2, 2, 3]);
    expect(graph.edges).toHaveLength(4);

    const task = (await get(`/v1/tasks/${run.id}/schema`)).json();
    expect(task).toMatchObject({ state: 'done', failures: 1, dependents: ['api', 'page'] });
    expect(task.attempts.map((attempt: { state: string }) => attempt.state)).toEqual([
      'failed',
      'succeeded',
    ]);
    expect(task.attempts[0].failure.message).toBe('the table has no key');
    expect(JSON.stringify(task)).not.toContain('lockToken');
  });

  it('hides the password of a repository', async () => {
    const answer = await post('/v1/runs', {
      requirement: 'Private',
      repository: 'https://me:hunter2hunter2@example.com/a.git',
    });
    expect(answer.json().repository).toContain('example.com/a.git');
    expect(answer.body).not.toContain('hunter2');
  });

  it('counts what live workers offer and do', async () => {
    const { agents } = (await get('/v1/agents')).json();
    const backend = agents.find((agent: { name: string }) => agent.name === 'backend');
    expect(backend).toMatchObject({ workers: 1, slots: 4, running: 1, executor: 'command' });
    const frontend = agents.find((agent: { name: string }) => agent.name === 'frontend');
    expect(frontend).toMatchObject({ workers: 0, slots: 0, running: 0 });
  });
});

describe('acting', () => {
  it('aborts a run', async () => {
    const run = await seedRun(http.db, diamond);
    const answer = await post(`/v1/runs/${run.id}/abort`);
    expect(answer.statusCode).toBe(202);
    expect(answer.json().abortRequestedAt).not.toBeNull();
  });

  it('changes priority and limits of a run and a project, and refuses nonsense', async () => {
    const run = await seedRun(http.db, diamond);
    const patch = (url: string, payload: object) =>
      http.app.inject({ method: 'PATCH', url, payload });
    const changed = await patch(`/v1/runs/${run.id}`, { priority: 2, maxParallel: 3 });
    expect(changed.json()).toMatchObject({ priority: 2, maxParallel: 3 });
    const lifted = await patch(`/v1/runs/${run.id}`, { maxParallel: null });
    expect(lifted.json()).toMatchObject({ priority: 2, maxParallel: null });
    for (const wrong of [
      {},
      { priority: 0 },
      { priority: 11 },
      { maxParallel: 0 },
      { state: 'x' },
    ]) {
      expect((await patch(`/v1/runs/${run.id}`, wrong)).statusCode).toBe(400);
    }
    expect((await patch('/v1/runs/run_none', { priority: 1 })).statusCode).toBe(404);

    const project = await patch('/v1/projects/a%20project', { maxParallel: 2 });
    expect(project.json()).toMatchObject({ name: 'a project', maxParallel: 2 });
    expect((await patch('/v1/projects/%2F', { maxParallel: 2 })).statusCode).toBe(400);
    const { projects } = (await get('/v1/projects')).json();
    expect(projects).toContainEqual(project.json());
  });

  it('refuses what does not fit an escalation, and changes nothing', async () => {
    const run = await seedRun(http.db, diamond);
    await fail(http.db, run.id, 'schema', 'no way');
    const { escalations } = (await get(`/v1/escalations?run=${run.id}`)).json();
    const at = (action: string) => `/v1/escalations/${escalations[0].id}/${action}`;
    const edit = await post(at('edit'), { changes: { timeout: '-3m', id: 'other' } });
    expect(edit.statusCode).toBe(400);
    expect(edit.body).toContain('duration');
    expect((await post(at('edit'), { changes: {} })).statusCode).toBe(400);
    expect((await post(at('answer'), { answer: 'yes' })).json().detail).toContain('asked nothing');
    expect((await post(at('reassign'))).statusCode).toBe(400);
    expect((await post('/v1/escalations/esc_none/retry')).statusCode).toBe(404);
    const changes = { timeout: '20m', verify: null, prompt: 'Mind the key.' };
    expect((await post(at('edit'), { changes, by: 'Ada' })).json().answer.by).toBe('Ada');
    const { task } = (await get(`/v1/escalations/${escalations[0].id}`)).json();
    expect(task).toMatchObject({ state: 'waiting', failures: 0 });
  });

  it('answers an escalation once', async () => {
    const run = await seedRun(http.db, diamond);
    await fail(http.db, run.id, 'schema', 'no way');
    const { escalations } = (await get(`/v1/escalations?run=${run.id}`)).json();
    expect(escalations).toHaveLength(1);
    const url = `/v1/escalations/${escalations[0].id}/skip`;
    const answered = await post(url, { note: 'not needed' });
    expect(answered.json()).toMatchObject({
      state: 'resolved',
      answer: { action: 'skip', note: 'not needed' },
    });
    const again = await post(url);
    expect(again.statusCode).toBe(409);
    expect(again.json().detail).toMatch(/answered already: skip by the API at 20/);
    const one = (await get(`/v1/escalations/${escalations[0].id}`)).json();
    expect(one).toMatchObject({ actions: [], task: { id: 'schema' }, diff: null });
    expect(one.attempts[0].failure.message).toBe('no way');
    const { tasks } = (await get(`/v1/runs/${run.id}/tasks`)).json();
    expect(tasks[0].state).toBe('skipped');
  });
});

describe('memories', () => {
  it('remembers, finds and forgets', async () => {
    const stored = await post('/v1/memories', {
      content: 'Validate nested objects with a model validator',
      kind: 'pattern',
      project: 'memory-project',
      tags: ['validation'],
    });
    expect(stored.statusCode).toBe(201);
    const { id } = stored.json();
    const search = '/v1/memories/search?q=model+validator&project=memory-project&tier=working';
    const found = (await get(`${search}&tags=validation,other`)).json();
    expect(found.items[0]).toMatchObject({ id, kind: 'pattern', tags: ['validation'] });
    expect(found.items[0].why.length).toBeGreaterThan(0);
    expect((await get(`${search}&tags=nothing`)).json().items).toEqual([]);
    expect((await get(`/v1/memories/${id}`)).json()).toMatchObject({
      ...{ id, contradictedBy: null, contradicts: [], origins: [] },
    });
    expect((await get('/v1/memories/stats?project=memory-project')).json()).toMatchObject({
      working: [{ type: 'pattern', memories: 1, merged: 0, contradicted: 0 }],
    });
    const copy = await post(`/v1/memories/${id}/promote`, {});
    expect(copy.json()).toMatchObject({ tier: 'long', metadata: {} });
    const taught = await post('/v1/memories/reflexions', {
      ...{ project: 'memory-project', taskId: 'api' },
      ...{ originalApproach: 'Guessed', failureReason: 'It was red', improvedApproach: 'Read' },
    });
    expect(taught.json()).toMatchObject({ kind: 'reflexion', tier: 'working' });

    const gone = await http.app.inject({ method: 'DELETE', url: `/v1/memories/${id}` });
    expect(gone.statusCode).toBe(204);
    const missing = await http.app.inject({ method: 'DELETE', url: `/v1/memories/${id}` });
    expect(missing.json()).toMatchObject({ code: 'memory-not-found', status: 404 });
  });
});
