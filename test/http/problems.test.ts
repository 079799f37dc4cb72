import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuroraError } from '../../src/domain/errors.ts';
import type { HttpDeps } from '../../src/http/http-deps.ts';
import { openDatabase } from '../../src/storage/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { openHttp, type HttpHarness } from './http-harness.ts';

let http: HttpHarness;
beforeAll(async () => {
  http = await openHttp();
});
afterAll(() => http.close());

const submitting = async (submitRun: HttpDeps['submitRun']) => {
  const app = await http.server({ submitRun });
  return app.inject({ method: 'POST', url: '/v1/runs', payload: { requirement: 'x' } });
};

describe('a problem', () => {
  it.each([
    ['plan-invalid', 400],
    ['unauthorized', 401],
    ['run-not-found', 404],
    ['state-conflict', 409],
    ['git-failed', 500],
    ['bug', 500],
    ['queue-unavailable', 503],
  ] as const)('of code %s has the status %i', async (code, status) => {
    const answer = await submitting(async () => {
      throw new AuroraError(code, 'What is wrong.', {
        cause: new Error('inner secret'),
        problems: [{ path: 'tasks[0].id', message: 'is taken' }],
      });
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toMatchObject({
      type: `urn:aurora:error:${code}`,
      status,
      code,
      problems: [{ path: 'tasks[0].id', message: 'is taken' }],
    });
    expect(answer.json().title).not.toBe('');
    expect(answer.body).not.toContain('inner secret');
  });

  it('of an unforeseen error tells nothing of the inside', async () => {
    const answer = await submitting(async () => {
      throw new TypeError('secret of the house');
    });
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe('bug');
    expect(answer.body).not.toContain('secret of the house');
  });

  it('says that a lost database is the trouble, and shows no SQL', async () => {
    const testDatabase = await createTestDatabase();
    const database = await openDatabase(testDatabase.url);
    const app = await http.server({ db: database.db });
    await testDatabase.drop().catch(() => undefined);
    // The dropped database ends the pool's connections; new ones are refused.
    const answer = await app.inject({ url: '/v1/runs' });
    await database.close();
    expect(answer.json()).toMatchObject({ status: 503, code: 'database-unavailable' });
    expect(answer.body).not.toMatch(/select/i);
  });

  it.each([
    ['/nowhere', 404, 'route-not-found'],
    ['/v1/nowhere', 404, 'route-not-found'],
    ['/v1/runs/run_none', 404, 'run-not-found'],
    ['/v1/runs/run_none/events', 404, 'run-not-found'],
    ['/v1/tasks/run_none/api', 404, 'task-not-found'],
    ['/v1/runs/a%00b', 400, 'request-invalid'],
    ['/v1/runs?limit=0', 400, 'request-invalid'],
    ['/v1/memories/search?project=p', 400, 'request-invalid'],
    ['/v1/runs?project=%00', 400, 'request-invalid'],
  ] as const)('%s answers %i %s', async (url, status, code) => {
    const answer = await http.app.inject({ url });
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.statusCode).toBe(status);
  });

  it.each([
    ['broken JSON', '{"requirement":', 'application/json', 400, 'request-invalid'],
    ['another type', 'requirement=x', 'application/x-www-form-urlencoded', 415, 'request-invalid'],
    [
      'more than 2 MB',
      JSON.stringify({ requirement: 'x'.repeat(2_200_000) }),
      'application/json',
      413,
      'request-too-large',
    ],
    [
      'a NUL character',
      JSON.stringify({ requirement: 'a\u0000b' }),
      'application/json',
      400,
      'request-invalid',
    ],
  ])('refuses %s', async (_name, payload, type, status, code) => {
    const answer = await http.app.inject({
      method: 'POST',
      url: '/v1/runs',
      payload,
      headers: { 'content-type': type },
    });
    expect(answer.json()).toMatchObject({ status, code });
  });

  it('is a page for a person', async () => {
    const answer = await http.app.inject({
      url: '/runs/run_none',
      headers: { accept: 'text/html,*/*' },
    });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.body).toContain('run-not-found');
  });
});
