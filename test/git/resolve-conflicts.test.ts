import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ensureIntegrationBranch } from '../../src/git/integration-branch.ts';
import { mergeWork, prepareMerge } from '../../src/git/merge-work.ts';
import { openMirror } from '../../src/git/mirror.ts';
import type { ResolveOptions } from '../../src/git/resolve-conflicts.ts';
import { tempDir } from '../support/temp-dir.ts';
import { commitFiles, environment, makeProject, plainGit } from './repositories.ts';

// Dozens of git processes each, where many tests share few cores.
vi.setConfig({ testTimeout: 90_000 });

const runId = 'run1';
const branch = `aurora/${runId}`;
const nothing = () => Promise.resolve();

/** Two works from one base; the first is on the integration branch already. */
async function makeConflict(
  base: Record<string, string>,
  first: Record<string, string>,
  second: Record<string, string>,
) {
  const { origin, head, mirror } = await makeProject(base);
  await ensureIntegrationBranch(mirror, { runId, startAt: async () => head });
  const commit = async (name: string, files: Record<string, string>) => {
    await plainGit(origin, 'switch', '--quiet', '--force-create', name, head);
    return commitFiles(origin, files, name);
  };
  const works = [await commit('first', first), await commit('second', second)] as const;
  await plainGit(origin, 'switch', '--quiet', 'main');
  await mergeWork(mirror, { branch, work: works[0], message: 'First', beforePublish: nothing });
  const merge = (resolve: ResolveOptions = {}) =>
    mergeWork(mirror, { branch, work: works[1], message: 'S', resolve, beforePublish: nothing });
  return { origin, mirror, work: works[1], merge };
}

const list = (...names: string[]) => names.map((name) => `import ${name};\n`).join('');

test('files that are all sure are resolved in the mirror alone, and nothing else is touched', async () => {
  const { origin, merge } = await makeConflict(
    { 'src/deep/A.java': `${list('a.A', 'a.Z')}x\n`, 'run.sh': 'a=1\nb=1\n', other: 'o\n' },
    { 'src/deep/A.java': `${list('a.A', 'a.B', 'a.Z')}x\n`, 'run.sh': 'a=2\nb=1\n' },
    { 'src/deep/A.java': `${list('a.A', 'a.C', 'a.Z')}x\n`, 'run.sh': 'a=1\nb=2\n' },
  );
  const merged = await merge();
  if (merged.kind !== 'merge') throw new Error(merged.kind);
  expect(merged.conflicts.map(({ path, resolver }) => [path, resolver])).toEqual([
    ['run.sh', 'tokens'],
    ['src/deep/A.java', 'entries'],
  ]);
  const show = (path: string) => plainGit(origin, 'show', `${branch}:${path}`);
  expect(`${await show('src/deep/A.java')}\n`).toBe(`${list('a.A', 'a.B', 'a.C', 'a.Z')}x\n`);
  expect(await show('run.sh')).toBe('a=2\nb=2');
  expect(await plainGit(origin, 'ls-tree', '-r', '--name-only', branch)).toBe(
    'other\nrun.sh\nsrc/deep/A.java',
  );
});

test('with one conflict left nothing is merged, and it is told which', async () => {
  const { merge } = await makeConflict(
    { a: 'x = 1\ny = 1\n', b: 'n = 1\n' },
    { a: 'x = 2\ny = 1\n', b: 'n = 2\n' },
    { a: 'x = 1\ny = 2\n', b: 'n = 3\n' },
  );
  const merged = await merge();
  expect(merged).toMatchObject({
    kind: 'conflict',
    conflicts: [
      { path: 'a', resolved: true },
      { path: 'b', resolved: false },
    ],
  });
});

test.each([
  ['deleted here, changed there', { a: 'one\n' }, { b: 'new\n' }, { a: 'two\n' }, 'a'],
  ['binary', { a: 'a\0one\n' }, { a: 'a\0two\n' }, { a: 'a\0three\n' }, undefined],
  [
    'not UTF-8',
    { a: 'n = \uFFFD1\nm\n' },
    { a: 'n = \uFFFD2\nm\n' },
    { a: 'n = \uFFFD1\nk\n' },
    undefined,
  ],
])('%s: is left', async (_what, base, first, second, deleted) => {
  const { origin, head, mirror } = await makeProject(base);
  await ensureIntegrationBranch(mirror, { runId, startAt: async () => head });
  await plainGit(origin, 'switch', '--quiet', '--create', 'first');
  if (deleted !== undefined) await plainGit(origin, 'rm', '--quiet', deleted);
  const work = await commitFiles(origin, first);
  await mergeWork(mirror, { branch, work, message: 'First', beforePublish: nothing });
  await plainGit(origin, 'switch', '--quiet', '--create', 'second', head);
  const other = await commitFiles(origin, second);
  const request = { branch, work: other, message: 'Second', resolve: { threshold: 0 } };
  expect(await prepareMerge(mirror, request)).toMatchObject({
    kind: 'conflict',
    conflicts: [{ path: 'a', resolved: false, doubt: expect.stringContaining('only texts') }],
  });
});

test('what stood a check before is used where no resolver is sure', async () => {
  const { origin, merge } = await makeConflict({ n: '1\n' }, { n: '2\n' }, { n: '3\n' });
  const asked: string[] = [];
  const merged = await merge({
    remembered: (keys) => {
      asked.push(...keys);
      return Promise.resolve(new Map(keys.map((key) => [key, ['5']])));
    },
  });
  expect(asked).toHaveLength(1);
  expect(merged).toMatchObject({
    kind: 'merge',
    conflicts: [{ resolver: 'memory', key: asked[0] }],
  });
  expect(await plainGit(origin, 'show', `${branch}:n`)).toBe('5');
});

test('many works that change one list are all merged, from two machines at once', async () => {
  const names = Array.from({ length: 4 }, (_, index) => `m.N${index}`);
  const { origin, head, mirror } = await makeProject({ 'A.java': list('m.A', 'm.B', 'm.Z') });
  await ensureIntegrationBranch(mirror, { runId, startAt: async () => head });
  const works: string[] = [];
  for (const name of names) {
    await plainGit(origin, 'switch', '--quiet', '--create', name, head);
    works.push(await commitFiles(origin, { 'A.java': list('m.A', 'm.B', name, 'm.Z') }, name));
  }
  await plainGit(origin, 'switch', '--quiet', 'main');
  const directory = join(await tempDir(), 'mirror');
  const second = await openMirror({ url: mirror.url, directory, environment });
  await Promise.all(
    works.map((work, index) =>
      mergeWork(index % 2 === 0 ? mirror : second, {
        ...{ branch, work, message: `Merge ${index}`, resolve: {}, beforePublish: nothing },
      }),
    ),
  );
  expect(`${await plainGit(origin, 'show', `${branch}:A.java`)}\n`).toBe(
    list('m.A', 'm.B', ...names, 'm.Z'),
  );
  const line = await plainGit(
    origin,
    'rev-list',
    '--count',
    '--first-parent',
    `${head}..${branch}`,
  );
  expect(line).toBe(String(names.length));
});
