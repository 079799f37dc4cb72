import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ensureIntegrationBranch } from '../../src/git/integration-branch.ts';
import { mergeWork } from '../../src/git/merge-work.ts';
import { listUnsettled, resumeMerge, startMerge } from '../../src/git/start-merge.ts';
import { saveWork } from '../../src/git/save-work.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { makeProject, plainGit } from './repositories.ts';

// Dozens of git processes each, where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const pointer = (digit: string, size: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${digit.repeat(64)}\nsize ${size}\n`;
const latin = (text: string) => Buffer.from(text, 'latin1');
const lines = (end: string, changes: Record<number, string> = {}) =>
  Array.from({ length: 20 }, (_, index) => `${changes[index] ?? `line ${index}`}${end}`).join('');

/** What one side does to the files of a folder. */
type Change = (folder: string) => void;
const write =
  (name: string, content: string | Buffer): Change =>
  (folder) =>
    writeFileSync(join(folder, name), content);
const remove =
  (name: string): Change =>
  (folder) =>
    rmSync(join(folder, name));

describe('merges of odd repositories', () => {
  let project: Awaited<ReturnType<typeof makeProject>>;
  beforeAll(async () => {
    project = await makeProject({
      'crlf.txt': lines('\r\n'),
      'latin.txt': lines('\n'),
      'script.sh': 'echo\n',
      'name.txt': lines('\n'),
      'large.bin': pointer('a', 10),
      'gone.txt': 'here\n',
    });
  });

  let count = 0;
  /** The first side is on the branch; how the merge of the second one ends. */
  const merge = async (first: Change, second: Change) => {
    const { origin, head, mirror } = project;
    const runId = `run${++count}`;
    const { branch } = await ensureIntegrationBranch(mirror, { runId, startAt: async () => head });
    const works: string[] = [];
    for (const change of [first, second]) {
      await plainGit(origin, 'switch', '--quiet', '--create', `${runId}-${works.length}`, head);
      change(origin);
      await plainGit(origin, 'add', '--all');
      await plainGit(origin, 'commit', '--quiet', '--message', 'Change');
      works.push(await plainGit(origin, 'rev-parse', 'HEAD'));
    }
    const [one, two] = works as [string, string];
    const request = { branch, message: 'Merge', beforePublish: async () => undefined };
    await mergeWork(mirror, { ...request, work: one });
    const merged = await mergeWork(mirror, { ...request, work: two, resolve: { threshold: 0 } });
    const show = (name: string) =>
      execFileSync('git', ['show', `${branch}:${name}`], { cwd: origin });
    return { merged, show, two, branch };
  };

  test('CRLF stays CRLF', async () => {
    const { merged, show } = await merge(
      write('crlf.txt', lines('\r\n', { 2: 'two' })),
      write('crlf.txt', lines('\r\n', { 3: 'three' })),
    );
    expect(merged.kind).toBe('merge');
    expect(show('crlf.txt').toString()).toBe(lines('\r\n', { 2: 'two', 3: 'three' }));
  });

  test('bytes that are no UTF-8 stay as they are', async () => {
    const { merged, show } = await merge(
      write('latin.txt', latin(lines('\n', { 2: 'z\xfcrich' }))),
      write('latin.txt', latin(lines('\n', { 15: 'gen\xe8ve' }))),
    );
    expect(merged.kind).toBe('merge');
    expect(show('latin.txt')).toEqual(latin(lines('\n', { 2: 'z\xfcrich', 15: 'gen\xe8ve' })));
  });

  test('names that are no UTF-8 stay as they are beside a file whose conflict was resolved', async () => {
    const named = (folder: string) => Buffer.concat([Buffer.from(`${folder}/`), latin('caf\xe9')]);
    const { merged, branch } = await merge(
      (folder) => {
        writeFileSync(named(folder), 'coffee\n');
        writeFileSync(join(folder, 'gone.txt'), 'here\none\n');
      },
      write('gone.txt', 'here\ntwo\n'),
    );
    expect(merged).toMatchObject({ kind: 'merge', conflicts: [{ path: 'gone.txt' }] });
    const { origin } = project;
    const names = execFileSync('git', ['ls-tree', '-z', '--name-only', branch], { cwd: origin });
    expect(names.toString('latin1').split('\0')).toContain('caf\xe9');
  });

  test('a change of mode and one of content are both kept', async () => {
    const { merged, branch } = await merge(
      (folder) => chmodSync(join(folder, 'script.sh'), 0o755),
      write('script.sh', 'echo hello\n'),
    );
    expect(merged.kind).toBe('merge');
    const entry = await plainGit(project.origin, 'ls-tree', branch, 'script.sh');
    expect(entry).toMatch(/^100755/);
    expect(await plainGit(project.origin, 'show', `${branch}:script.sh`)).toBe('echo hello');
  });

  test('a file that was renamed by case alone takes the change of the other side', async () => {
    const { merged, branch, show } = await merge(
      (folder) => renameSync(join(folder, 'name.txt'), join(folder, 'Name.txt')),
      write('name.txt', lines('\n', { 5: 'five' })),
    );
    expect(merged.kind).toBe('merge');
    const names = await plainGit(project.origin, 'ls-tree', '--name-only', branch);
    expect(names.split('\n').filter((name) => /^name/i.test(name))).toEqual(['Name.txt']);
    expect(show('Name.txt').toString()).toContain('five');
  });

  test('pointers of large files are never mixed', async () => {
    const { merged } = await merge(
      write('large.bin', pointer('b', 20)),
      write('large.bin', pointer('c', 20)),
    );
    expect(merged).toMatchObject({ kind: 'conflict', files: [{ path: 'large.bin' }] });
    const different = await merge(
      write('large.bin', pointer('b', 10)),
      write('large.bin', pointer('a', 30)),
    );
    expect(different.merged.kind).toBe('conflict');
  });

  test('a file where the other side has a folder is left, by its own name, with git naming both', async () => {
    const { merged } = await merge(write('place', 'file\n'), (folder) => {
      mkdirSync(join(folder, 'place'));
      writeFileSync(join(folder, 'place', 'inner'), 'inner\n');
    });
    expect(merged).toMatchObject({
      kind: 'conflict',
      files: [{ path: 'place' }],
      notes: expect.stringMatching(/file\/directory/),
    });
  });

  test('a submodule that both sides moved is left; one side alone moves it', async () => {
    const link =
      (digit: string): Change =>
      () => {
        const entry = `160000,${digit.repeat(40)},vendor`;
        execFileSync('git', ['update-index', '--add', '--cacheinfo', entry], {
          cwd: project.origin,
        });
        mkdirSync(join(project.origin, 'vendor'), { recursive: true });
      };
    const both = await merge(link('1'), link('2'));
    expect(both.merged).toMatchObject({ kind: 'conflict', files: [{ path: 'vendor' }] });
    const one = await merge(link('1'), write('other.txt', 'other\n'));
    expect(one.merged.kind).toBe('merge');
    expect(await plainGit(project.origin, 'ls-tree', one.branch, 'vendor')).toMatch(/^160000/);
  });

  test('a branch that was forced to something else takes the work all the same', async () => {
    const { origin, head, mirror } = project;
    const { two, branch } = await merge(write('a.txt', 'a\n'), write('b.txt', 'b\n'));
    await plainGit(origin, 'switch', '--quiet', '--detach', head);
    await plainGit(origin, 'commit', '--quiet', '--allow-empty', '--message', 'Forced');
    await plainGit(origin, 'update-ref', `refs/heads/${branch}`, 'HEAD');
    const beforePublish = async () => undefined;
    const merged = await mergeWork(mirror, { branch, work: two, message: 'Again', beforePublish });
    expect(merged.kind).toBe('merge');
    const log = await plainGit(origin, 'log', '--first-parent', '--format=%s', branch);
    expect(log.split('\n').slice(0, 2)).toEqual(['Again', 'Forced']);
  });

  test('a deletion against a change waits for a decision, which `git add` or `git rm` gives', async () => {
    const { origin, mirror, worktrees } = project;
    const { merged, two, branch } = await merge(remove('gone.txt'), write('gone.txt', 'changed\n'));
    expect(merged.kind).toBe('conflict');
    const commit = await plainGit(origin, 'rev-parse', branch);
    const directory = join(worktrees, 'settle');
    const worktree = await createWorktree(mirror, { directory, commit });
    const started = await startMerge(worktree, two);
    expect(await listUnsettled(worktree, started)).toEqual(['gone.txt']);
    await plainGit(directory, 'add', 'gone.txt');
    expect(await listUnsettled(worktree, started)).toEqual([]);
    const saved = await saveWork(worktree, { message: 'Settled', ref: 'refs/aurora/x/y/1' });
    expect(readFileSync(join(directory, 'gone.txt'), 'utf8')).toBe('changed\n');
    const parents = await plainGit(origin, 'log', '-1', '--format=%P', saved.commit);
    expect(parents).toBe(`${commit} ${two}`);
  });

  test('a conflict in a file whose name is no UTF-8 is left, and settled by writing the file', async () => {
    const { origin, mirror, worktrees } = project;
    const named = (folder: string) => Buffer.concat([Buffer.from(`${folder}/`), latin('caf\xe9')]);
    const { merged, two, branch } = await merge(
      (folder) => writeFileSync(named(folder), 'one\n'),
      (folder) => writeFileSync(named(folder), 'two\n'),
    );
    expect(merged).toMatchObject({ kind: 'conflict', files: [{ path: 'caf\uFFFD' }] });
    const commit = await plainGit(origin, 'rev-parse', branch);
    const directory = join(worktrees, 'named');
    const worktree = await createWorktree(mirror, { directory, commit });
    const started = await startMerge(worktree, two);
    expect(await listUnsettled(worktree, started)).toEqual(['caf\uFFFD']);
    writeFileSync(named(directory), 'both\n');
    expect(await listUnsettled(worktree, started)).toEqual([]);
  });

  test('markers that an interrupted attempt left are found by whoever goes on', async () => {
    const { origin, mirror, worktrees } = project;
    const { two, branch } = await merge(write('gone.txt', 'one\n'), write('gone.txt', 'two\n'));
    const head = await plainGit(origin, 'rev-parse', branch);
    const open = (name: string, commit: string) =>
      createWorktree(mirror, { directory: join(worktrees, name), commit });
    const first = await open('interrupted', head);
    await startMerge(first, two);
    const ref = 'refs/aurora/x/z/1';
    const saved = await saveWork(first, { message: 'Unfinished', ref });
    const next = await open('next', saved.commit);
    const resumed = await resumeMerge(next, head);
    expect(await listUnsettled(next, resumed)).toEqual(['gone.txt']);
    writeFileSync(join(next.directory, 'gone.txt'), 'both\n');
    expect(await listUnsettled(next, resumed)).toEqual([]);
  });
});
