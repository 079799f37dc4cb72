import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHttp, type HttpHarness } from './http-harness.ts';

const token = 'a-token-of-sixteen-and-more';
const browser = { accept: 'text/html' };
let http: HttpHarness;
let guarded: FastifyInstance;
beforeAll(async () => {
  http = await openHttp();
  guarded = await http.server({ token, host: '0.0.0.0' });
});
afterAll(() => http.close());

const login = (given: string, next = '/', headers = {}) =>
  guarded.inject({
    method: 'POST',
    url: '/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams({ token: given, next }).toString(),
  });
const cookieOf = (answer: Awaited<ReturnType<typeof login>>) =>
  String(answer.headers['set-cookie']).split(';')[0] ?? '';

describe('with a token', () => {
  const closed = ['/', '/v1/runs', '/metrics', '/queues/', '/queues/api/queues', '/docs/json'];
  it.each([...closed, '/nowhere', '//v1/runs', '/V1/runs', '/runs/x'])(
    '%s is closed without it',
    async (url) => {
      const answer = await guarded.inject({ url, headers: { host: 'aurora.example' } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.json().code).toBe('unauthorized');
    },
  );

  it.each(closed)('%s is open with it', async (url) => {
    const headers = { host: 'aurora.example', authorization: `Bearer ${token}` };
    const answer = await guarded.inject({ url, headers });
    expect(answer.statusCode).toBe(200);
  });

  it.each(['', 'Bearer', 'Bearer x', `Basic ${token}`, `Bearer ${token}x`])(
    'refuses the header "%s"',
    async (authorization) => {
      const answer = await guarded.inject({ url: '/v1/runs', headers: { authorization } });
      expect(answer.statusCode).toBe(401);
    },
  );

  it('tells strangers only whether it is well', async () => {
    expect((await guarded.inject({ url: '/healthz' })).json()).toEqual({ ok: true });
    expect((await guarded.inject({ url: '/readyz' })).json()).toEqual({ ok: true });
    const known = await guarded.inject({
      url: '/readyz',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(known.json().services).toHaveLength(1);
  });

  it('leads a browser to the login and back', async () => {
    const sent = await guarded.inject({ url: '/?before=run_1', headers: browser });
    expect(sent.statusCode).toBe(303);
    expect(sent.headers['location']).toBe('/login?next=%2F%3Fbefore%3Drun_1');
    const page = await guarded.inject({ url: '/login?next=%2F%3Fbefore%3Drun_1' });
    expect(page.body).toContain('value="/?before=run_1"');
    const answer = await login(token, '/?before=run_1');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers['location']).toBe('/?before=run_1');
    expect(answer.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Strict/);
    expect(String(answer.headers['set-cookie'])).not.toContain(token);
    const inside = await guarded.inject({ url: '/', headers: { cookie: cookieOf(answer) } });
    expect(inside.statusCode).toBe(200);
  });

  it('marks the cookie as secure behind TLS', async () => {
    const answer = await login(token, '/', { 'x-forwarded-proto': 'https' });
    expect(answer.headers['set-cookie']).toContain('; Secure');
  });

  it('does not let a wrong token in', async () => {
    const answer = await login('wrong');
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'does not lead on to %s',
    async (next) => {
      expect((await login(token, next)).headers['location']).toBe('/');
    },
  );

  it('refuses forged and outlived sessions', async () => {
    const [name = '', value = ''] = cookieOf(await login(token)).split('=');
    const [expires = '', signature = ''] = value.split('.');
    const later = String(Number(expires) + 1_000);
    for (const forged of [`${later}.${signature}`, `${expires}.`, `1.${signature}`, 'x', '']) {
      const answer = await guarded.inject({
        url: '/v1/runs',
        headers: { cookie: `${name}=${forged}` },
      });
      expect(answer.statusCode).toBe(401);
    }
  });

  it('ends a session', async () => {
    const cookie = cookieOf(await login(token));
    const answer = await guarded.inject({ method: 'POST', url: '/logout', headers: { cookie } });
    expect(answer.headers['set-cookie']).toContain('Max-Age=0');
  });

  it('lets no other site act with a session', async () => {
    const cookie = cookieOf(await login(token));
    const answer = await guarded.inject({
      method: 'POST',
      url: '/v1/runs',
      headers: { cookie, host: 'aurora.example', 'sec-fetch-site': 'cross-site' },
      payload: { requirement: 'x' },
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('without a token', () => {
  it('listens on loopback only', async () => {
    await expect(http.server({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });

  it.each(['localhost', 'localhost:4700', '127.0.0.1:4700', '[::1]:4700'])(
    'answers as %s',
    async (host) => {
      expect((await http.app.inject({ url: '/v1/runs', headers: { host } })).statusCode).toBe(200);
    },
  );

  it.each(['evil.example', 'evil.example:4700', '127.0.0.1.evil.example', '192.168.1.4:4700'])(
    'refuses the host name "%s" on every path',
    async (host) => {
      for (const url of ['/', '/v1/runs', '/queues/', '/metrics', '/docs/json', '/nowhere']) {
        const answer = await http.app.inject({ url, headers: { host } });
        expect(answer.statusCode).toBe(403);
        expect(answer.json().code).toBe('request-forbidden');
      }
    },
  );

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'http://localhost:9999' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://localhost:4700' }, 201],
    [{ origin: 'http://localhost:4700' }, 201],
    [{}, 201],
  ])('answers a change with %o by %i', async (headers, status) => {
    const answer = await http.app.inject({
      method: 'POST',
      url: '/v1/runs',
      headers: { host: 'localhost:4700', ...headers },
      payload: { requirement: 'x' },
    });
    expect(answer.statusCode).toBe(status);
  });
});

it('sends its headers with every kind of answer', async () => {
  for (const url of ['/', '/v1/runs', '/nowhere', '/assets/aurora.js', '/queues/', '/docs/']) {
    const { headers } = await http.app.inject({ url });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});
