import { expect, test } from 'vitest';
import { knownAnswers, type KnownAnswers } from '../../src/delivery/forge-client.ts';
import * as forges from '../../src/delivery/forges/index.ts';
import { hunkAround } from '../../src/delivery/hunk-around.ts';
import { fakeForge } from './fake-forge.ts';

const draft = { from: 'aurora/run_1', into: 'main', title: 'Notes', body: 'Done.' };
const question = (...seen: string[]) => ({
  ...{ ...draft, commit: 'c0ffee', seen: new Set(seen) },
  ...{ waitsForChecks: false, isGivenUp: () => false },
});

const open = async (kind: 'github' | 'gitlab', known?: KnownAnswers) => {
  const server = await fakeForge();
  server.answers.pageSize = 2;
  const access = { api: server.api, repository: 'acme/notes', token: 'secret', pause: 1, known };
  const forge = forges[kind](access);
  return { ...server, forge };
};
const user = (login: string) => ({ id: 1, login, username: login });

test('GitHub: unresolved threads, requested changes and failed checks, in pages', async () => {
  const known = knownAnswers();
  const { forge, answers, asked, troubles } = await open('github', known);
  expect(await forge.feedback(question())).toBeUndefined();
  await forge.pullRequest(draft);
  const comment = (id: number, login: string, rest: object) => ({
    ...{ id, user: user(login), author_association: 'NONE', body: `say ${id}` },
    ...{ html_url: `https://forge.test/${id}`, path: 'a.ts', line: 3, diff_hunk: '@@\n+three' },
    ...rest,
  });
  const pull = '/repos/acme/notes/pulls/1';
  const commit = '/repos/acme/notes/commits/c0ffee';
  const check = (id: number, rest: object) => ({
    ...{ id, name: `check ${id}`, status: 'completed', conclusion: 'success', html_url: null },
    output: { title: null, summary: null, annotations_count: 0 },
    ...rest,
  });
  Object.assign(answers.lists, {
    [`${pull}/comments`]: [
      comment(1, 'ada', { author_association: 'OWNER', line: null, original_line: 2 }),
      comment(2, 'bob', { author_association: 'MEMBER' }),
      comment(3, 'eve', { in_reply_to_id: 1 }),
      comment(4, 'bob', { in_reply_to_id: 1, author_association: 'MEMBER' }),
    ],
    [`${pull}/reviews`]: [
      comment(7, 'ada', { state: 'CHANGES_REQUESTED', author_association: 'COLLABORATOR' }),
      comment(8, 'ada', { state: 'COMMENTED' }),
      comment(9, 'ada', { state: 'CHANGES_REQUESTED', body: '' }),
    ],
    [`${commit}/check-runs`]: {
      check_runs: [
        check(1, {}),
        check(2, { status: 'in_progress', conclusion: null }),
        check(3, {
          ...{ conclusion: 'failure', app: { slug: 'github-actions' } },
          output: { title: 'Red', summary: '1 of 9', annotations_count: 1 },
        }),
      ],
    },
    [`${commit}/status`]: {
      statuses: [
        { id: 5, context: 'ci/x', state: 'error', description: 'boom', target_url: 'https://x' },
      ],
    },
    '/repos/acme/notes/check-runs/3/annotations': [
      { path: 'a.ts', start_line: 3, annotation_level: 'failure', message: 'no' },
    ],
  });
  answers.texts['/repos/acme/notes/actions/jobs/3/logs'] =
    '2026-01-01T00:00:00.123Z \u001b[31mred\u001b[0m line\n';
  // A member of the organisation may be one who only reads.
  Object.assign(answers.objects, {
    '/repos/acme/notes/collaborators/ada/permission': { permission: 'write' },
    '/repos/acme/notes/collaborators/bob/permission': { permission: 'read' },
  });
  answers.resolved.push(2);

  const note = (id: string, author: string, isTrusted: boolean) => {
    const number = id.split(':')[1];
    return {
      ...{ id: `github:${id}`, author, isTrusted, body: `say ${number}` },
      url: `https://forge.test/${number}`,
    };
  };
  const found = await forge.feedback(question());
  expect(found).toEqual({
    url: 'https://forge.test/pull/1',
    threads: [
      { file: null, line: null, hunk: null, notes: [note('review:7', 'ada', true)] },
      {
        ...{ file: 'a.ts', line: 2, hunk: '@@\n+three' },
        notes: [
          note('comment:1', 'ada', true),
          note('comment:3', 'eve', false),
          note('comment:4', 'bob', false),
        ],
      },
    ],
    checks: [
      {
        ...{ id: 'github:check:3', name: 'check 3', url: null, summary: 'Red\n1 of 9' },
        places: [{ file: 'a.ts', line: 3, message: 'no' }],
        log: 'red line\n',
      },
      {
        ...{ id: 'github:status:5', name: 'ci/x', url: 'https://x', summary: 'boom' },
        ...{ places: [], log: null },
      },
    ],
    running: 1,
    unread: null,
  });

  // What is known is asked for by its tag, and no details of what has been seen.
  asked.length = 0;
  const seen = [
    'github:review:7',
    'github:comment:1',
    'github:comment:2',
    'github:comment:4',
    'github:check:3',
    'github:status:5',
  ];
  const again = await forge.feedback(question(...seen));
  expect(again?.checks).toEqual([]);
  expect(new Set(asked.slice(1).map((line) => line.split(' ').at(-1)))).toEqual(new Set(['304']));
  expect(asked.join('\n')).not.toMatch(/graphql|logs|annotations/);

  // A token without the right to read checks is good for reviews.
  troubles.push({ status: 200, body: [{ number: 1, html_url: 'https://forge.test/pull/1' }] });
  troubles.push(...Array(4).fill({ status: 304 }));
  troubles.push({ status: 403, body: { message: 'Not you' } });
  expect(await forge.feedback(question(...seen))).toMatchObject({
    ...{ threads: { length: 3 }, checks: [], running: 0 },
    unread: expect.stringContaining('Not you'),
  });
});

test('GitLab: unresolved threads with their members and diffs, and failed jobs', async () => {
  const { forge, answers } = await open('gitlab');
  await forge.pullRequest(draft);
  const project = '/projects/acme%2Fnotes';
  const note = (id: number, author: number, rest: object = {}) => ({
    ...{ id, body: `say ${id}`, author: { id: author, username: `user${author}` } },
    ...{ system: false, resolvable: true, resolved: false, ...rest },
  });
  const position = { new_path: 'a.ts', new_line: 2, base_sha: 'x' };
  const job = (id: number, status: string, allow_failure = false) => ({
    ...{ id, name: `job ${id}`, status, allow_failure, description: null, target_url: null },
  });
  Object.assign(answers.lists, {
    [`${project}/merge_requests/1/discussions`]: [
      { notes: [note(1, 10, { position }), note(2, 20)] },
      { notes: [note(3, 10, { resolved: true })] },
      { notes: [note(4, 10, { resolvable: false })] },
      { notes: [note(5, 10, { system: true })] },
    ],
    [`${project}/merge_requests/1/diffs`]: [
      { new_path: 'a.ts', diff: '@@ -1,2 +1,3 @@\n one\n+two\n three\n' },
    ],
    [`${project}/repository/commits/c0ffee/statuses`]: [
      ...[job(1, 'success'), job(2, 'failed', true), job(3, 'failed'), job(4, 'manual')],
      ...[job(5, 'running'), job(6, 'failed')],
    ],
  });
  answers.objects[`${project}/members/all/10`] = { id: 10, access_level: 30 };
  answers.objects[`${project}/members/all/20`] = { id: 20, access_level: 20 };
  answers.texts[`${project}/jobs/3/trace`] = 'the end';
  const said = (id: number, author: string, isTrusted: boolean) => ({
    ...{ id: `gitlab:note:${id}`, author, isTrusted, body: `say ${id}` },
    url: `https://forge.test/merge/1#note_${id}`,
  });
  const failed = (id: number, log: string | null) => ({
    ...{ id: `gitlab:job:${id}`, name: `job ${id}`, url: null, summary: '', places: [], log },
  });
  expect(await forge.feedback(question('gitlab:note:2'))).toEqual({
    url: 'https://forge.test/merge/1',
    threads: [
      {
        ...{ file: 'a.ts', line: 2, hunk: '@@ -1,2 +1,3 @@\n one\n+two\n three\n' },
        notes: [said(1, 'user10', true), said(2, 'user20', false)],
      },
    ],
    // The log of a job that came by the API is not there.
    checks: [failed(3, 'the end'), failed(6, null)],
    running: 1,
    unread: null,
  });
});

test('a hunk is cut around its line', () => {
  const lines = Array.from({ length: 60 }, (_, index) => `+line ${index + 1}`);
  const diff = ['@@ -0,0 +1,60 @@', ...lines, '@@ -90 +150,2 @@', '-old', '+new', ' end'].join(
    '\n',
  );
  expect(hunkAround(diff, 50)?.split('\n')).toEqual(lines.slice(19, 55));
  expect(hunkAround(diff, 59)).not.toContain('@@');
  expect(hunkAround(diff, 151)).toBe('@@ -90 +150,2 @@\n-old\n+new\n end');
  expect(hunkAround(diff, 100)).toBeNull();
});
