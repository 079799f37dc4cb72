import { describe, expect, test } from 'vitest';
import { findForge } from '../../src/delivery/find-forge.ts';
import * as forges from '../../src/delivery/forges/index.ts';
import { fakeForge, type Trouble } from './fake-forge.ts';

const draft = { from: 'aurora/run_1', into: 'main', title: 'Notes', body: 'What was done.' };

describe.each(['github', 'gitlab'] as const)('pull requests at %s', (kind) => {
  const open = async (token: string | null = 'secret') => {
    const server = await fakeForge();
    const access = {
      api: server.api,
      repository: 'acme/notes',
      token: token ?? undefined,
      pause: 1,
    };
    return { ...server, forge: forges[kind](access) };
  };

  test('are opened once and then brought up to date', async () => {
    const { forge, pulls, requests } = await open();
    const first = await forge.pullRequest(draft);
    expect(first).toEqual({ number: 1, url: expect.stringContaining('https://forge.test/') });
    expect(await forge.pullRequest({ ...draft, body: 'More was done.' })).toEqual(first);
    expect(pulls).toEqual([{ ...draft, number: 1, body: 'More was done.' }]);
    const update = kind === 'github' ? 'PATCH' : 'PUT';
    expect(requests).toEqual(['GET', 'POST', 'GET', update]);
    expect(await forge.pullRequest({ ...draft, into: 'develop' })).toMatchObject({ number: 2 });
  });

  test('are opened once when the answer is lost, or too much was asked', async () => {
    const { forge, pulls, troubles } = await open();
    troubles.push({ status: 429, headers: { 'retry-after': '0' } });
    troubles.push({ status: 200, body: [] }, { status: 502, isDone: true });
    expect(await forge.pullRequest(draft)).toMatchObject({ number: 1 });
    expect(pulls).toHaveLength(1);
  });

  const problems: [string, Trouble[], string, RegExp][] = [
    ['no access', [{ status: 404, body: { message: 'Not Found' } }], 'forge-denied', /404/],
    ['no rights', [{ status: 403, body: { message: 'No.' } }], 'forge-denied', /token may be old/],
    [
      'no such branch',
      [{ status: 422, body: { message: 'Validation Failed', errors: [{ field: 'base' }] } }],
      'forge-refused',
      /Validation Failed.*base/,
    ],
    ['an outage', Array(4).fill({ status: 503 }), 'forge-unavailable', /503.*Try again later/],
    [
      'a long limit',
      [{ status: 429, headers: { 'retry-after': '3600' } }],
      'forge-unavailable',
      /429/,
    ],
    ['another API', [{ status: 200, body: { hello: 1 } }], 'forge-unavailable', /does not know/],
    [
      'a redirect',
      Array(4).fill({ status: 302, headers: { location: '/' } }),
      'forge-unavailable',
      /./,
    ],
  ];
  test.each(problems)('%s is said as it is', async (_name, given, code, message) => {
    const { forge, troubles, pulls } = await open();
    troubles.push(...given);
    const opening = forge.pullRequest(draft);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(pulls).toEqual([]);
  });

  test('a token that is missing or wrong is told apart, and never said', async () => {
    for (const [token, words] of [
      [null, /No token was found/],
      ['wrong-token', /may be old/],
    ] as const) {
      const { forge } = await open(token);
      const error = await forge.pullRequest(draft).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'forge-denied', message: expect.stringMatching(words) });
      expect(String(error)).not.toContain('wrong-token');
    }
  });
});

test('a host that is not there is told', async () => {
  const api = 'http://127.0.0.1:9';
  const forge = forges.github({ api, repository: 'a/b', token: 'x', tries: 2, pause: 1 });
  await expect(forge.pullRequest(draft)).rejects.toMatchObject({ code: 'forge-unavailable' });
});

test.each([
  ['https://github.com/acme/notes.git', 'GitHub'],
  ['git@github.com:acme/notes.git', 'GitHub'],
  ['ssh://git@gitlab.example.com:2222/group/sub/notes.git', 'GitLab'],
  ['https://gitlab.com/group/notes', 'GitLab'],
])('%s is on %s', (remote, name) => {
  const none = { kind: undefined, api: undefined, tokens: {} };
  expect(findForge(remote, none).name).toBe(name);
});

test.each(['/srv/notes', 'https://git.example.com/acme/notes', 'https://github.com/'])(
  '%s has no known forge',
  (remote) => {
    const none = { kind: undefined, api: undefined, tokens: {} };
    expect(() => findForge(remote, none)).toThrow(
      expect.objectContaining({ code: 'forge-unknown' }),
    );
  },
);
