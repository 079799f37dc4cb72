import { execFile } from 'node:child_process';
import { access, chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { formatCommitMessage } from '../../src/git/commit-message.ts';
import { inMirror, type Mirror, openMirror } from '../../src/git/mirror.ts';
import { workRef } from '../../src/git/refs.ts';
import { removeWorktree } from '../../src/git/remove-worktree.ts';
import { saveWork } from '../../src/git/save-work.ts';
import { touchedFiles } from '../../src/git/touched-files.ts';
import { createWorktree, type Worktree } from '../../src/git/worktree.ts';
import { tempDir } from '../support/temp-dir.ts';
import { commitFiles, makeProject, plainGit, writeFiles } from './repositories.ts';

const ref = workRef({ runId: 'run1', taskId: 'api', epoch: 1 });
const message = formatCommitMessage({
  title: 'Work',
  runId: 'run1',
  taskId: 'api',
  requirements: [],
});
const save = (worktree: Worktree) => saveWork(worktree, { ref, message });
const coded = (code: string) => expect.objectContaining({ code });

async function makeWorktree() {
  const project = await makeProject({ 'a.txt': 'a\n', '.gitignore': 'node_modules\n' });
  const directory = join(project.worktrees, 'run1', 'api-1');
  const worktree = await createWorktree(project.mirror, { directory, commit: project.head });
  return { ...project, directory, worktree };
}

async function expectNoWorktree(mirror: Mirror): Promise<void> {
  const { stdout } = await inMirror(mirror, ['worktree', 'list', '--porcelain']);
  expect(stdout.match(/^worktree /gm)).toHaveLength(1); // The mirror itself.
}

test('starts detached at the commit, and goes without a trace', async () => {
  const { head, mirror, directory, worktree } = await makeWorktree();
  expect(await plainGit(directory, 'rev-parse', 'HEAD')).toBe(head);
  expect(await plainGit(directory, 'status', '--porcelain')).toBe('');
  await expect(createWorktree(mirror, { directory, commit: head })).rejects.toThrow(
    coded('state-conflict'),
  );
  expect(await save(worktree)).toEqual({ commit: head, changed: false });
  await removeWorktree(worktree);
  await removeWorktree(worktree);
  await expect(access(directory)).rejects.toThrow('ENOENT');
  await expectNoWorktree(mirror);
});

test('saves changed, new, deleted and agent-committed files, but not ignored ones', async () => {
  const { origin, mirror, directory, worktree } = await makeWorktree();
  await writeFiles(directory, { 'b.txt': 'b\n', 'sub/ü ".txt': 'c\n', 'node_modules/x.js': '' });
  await plainGit(directory, 'add', 'b.txt');
  await plainGit(directory, 'commit', '--quiet', '-m', "The agent's own");
  await rm(join(directory, 'a.txt'));
  const saved = await save(worktree);
  expect(saved.changed).toBe(true);
  expect(await plainGit(origin, 'rev-parse', ref)).toBe(saved.commit);
  const files = await plainGit(
    origin,
    '-c',
    'core.quotePath=0',
    'ls-tree',
    '-rz',
    '--name-only',
    ref,
  );
  expect(files.split('\0')).toEqual(['.gitignore', 'b.txt', 'sub/ü ".txt', '']);
  const log = await plainGit(origin, 'log', '--format=%an <%ae> %s', ref);
  expect(log.split('\n').slice(0, 2)).toEqual([
    'Aurora <aurora@localhost> Work',
    "Ada <ada@example.org> The agent's own",
  ]);
  expect(await save(worktree)).toEqual(saved);
  await removeWorktree(worktree);
  await expectNoWorktree(mirror);
});

test('what it has changed so far is seen without disturbing it, and not what others merged', async () => {
  const { head, mirror, directory, worktree } = await makeWorktree();
  expect(await touchedFiles(worktree, head)).toEqual([]);
  await writeFiles(directory, { 'b.txt': 'b\n', 'sub/ü ".txt': 'c\n', 'node_modules/x.js': '' });
  await plainGit(directory, 'add', 'b.txt');
  await plainGit(directory, 'commit', '--quiet', '-m', "The agent's own");
  await rm(join(directory, 'a.txt'));
  // As when git of the agent's own is at work.
  await writeFile(join(worktree.administration, 'index.lock'), '');
  expect(await touchedFiles(worktree, head)).toEqual(['a.txt', 'b.txt', 'sub/ü ".txt']);
  await rm(join(worktree.administration, 'index.lock'));
  // The next attempt goes on from this work, on a branch that has moved meanwhile.
  const { commit } = await save(worktree);
  const other = join(directory, '..', 'other-1');
  const others = await createWorktree(mirror, { directory: other, commit: head });
  await writeFiles(other, { 'of-others.txt': '1\n' });
  const moved = await saveWork(others, { ref: `${ref}0`, message });
  const next = join(directory, '..', 'api-2');
  const resumed = await createWorktree(mirror, { directory: next, commit });
  await writeFiles(next, { 'd.txt': 'd\n' });
  const all = ['a.txt', 'b.txt', 'd.txt', 'sub/ü ".txt'];
  expect(await touchedFiles(resumed, moved.commit)).toEqual(all);
});

test('an agent can commit on a machine without a git identity', async () => {
  const { directory, worktree } = await makeWorktree();
  await writeFiles(directory, { 'b.txt': 'b\n' });
  const options = { cwd: directory, environment: worktree.mirror.environment };
  const { git } = await import('../../src/git/git.ts');
  await git(['add', '-A'], options);
  await git(['commit', '-q', '-m', 'Mine'], options);
  expect(await plainGit(directory, 'log', '-1', '--format=%an %s')).toBe('Aurora Mine');
});

test('unsaved work is never removed', async () => {
  const { directory, worktree } = await makeWorktree();
  await writeFiles(directory, { 'b.txt': 'b\n' });
  await expect(removeWorktree(worktree)).rejects.toThrow(coded('state-conflict'));
  await plainGit(directory, 'add', '-A');
  await plainGit(directory, 'commit', '--quiet', '-m', 'Not pushed');
  await expect(removeWorktree(worktree)).rejects.toThrow(/commits that were not pushed/);
  expect(await readFile(join(directory, 'b.txt'), 'utf8')).toBe('b\n');
});

test("the branch of an agent does not bar the next attempt's way", async () => {
  const { head, mirror, worktrees, directory, worktree } = await makeWorktree();
  await plainGit(directory, 'checkout', '--quiet', '-b', 'feature');
  await writeFiles(directory, { 'b.txt': 'b\n' });
  await save(worktree);
  await removeWorktree(worktree);
  const second = join(worktrees, 'run1', 'api-2');
  await createWorktree(mirror, { directory: second, commit: head });
  await plainGit(second, 'checkout', '--quiet', '-b', 'feature');
});

test('an agent cannot put its work into the stash, where another one would find it', async () => {
  const { directory } = await makeWorktree();
  await writeFiles(directory, { 'a.txt': 'mine\n' });
  await expect(plainGit(directory, 'stash')).rejects.toThrow(/Cannot save/);
  expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('mine\n');
});

test('what was stashed before that was barred is put aside, all of it', async () => {
  const { mirror, directory } = await makeWorktree();
  await plainGit(directory, 'update-ref', '-d', 'refs/stash/is-shared');
  for (const content of ['first\n', 'second\n']) {
    await writeFiles(directory, { 'a.txt': content });
    await plainGit(directory, 'stash');
  }
  const latest = await plainGit(directory, 'rev-parse', 'refs/stash');
  await openMirror(mirror);
  await writeFiles(directory, { 'a.txt': 'third\n' });
  await expect(plainGit(directory, 'stash')).rejects.toThrow(/Cannot save/);
  const kept = `refs/stashed/${latest}`;
  expect(await plainGit(directory, 'show', `${kept}@{0}:a.txt`)).toBe('second');
  expect(await plainGit(directory, 'show', `${kept}@{1}:a.txt`)).toBe('first');
});

test.each<[string, (directory: string) => Promise<unknown>]>([
  ['deleted', (directory) => rm(join(directory, '.git'))],
  [
    'replaced by git init',
    async (directory) => {
      await rm(join(directory, '.git'));
      await plainGit(directory, 'init', '--quiet');
    },
  ],
  [
    'pointed elsewhere',
    (directory) => writeFile(join(directory, '.git'), 'gitdir: /tmp/elsewhere\n'),
  ],
  ['gone with the folder', (directory) => rm(directory, { recursive: true })],
])('a .git that was %s is a clear failure', async (_, damage) => {
  const { directory, worktree } = await makeWorktree();
  await damage(directory);
  await expect(save(worktree)).rejects.toThrow(coded('worktree-damaged'));
});

test('a repository inside the worktree is refused, not silently dropped', async () => {
  const { directory, worktree } = await makeWorktree();
  const inner = join(directory, 'app');
  await mkdir(inner);
  await plainGit(inner, 'init', '--quiet');
  await writeFiles(inner, { 'index.js': '' });
  await plainGit(inner, 'add', '-A');
  await plainGit(inner, 'commit', '--quiet', '-m', 'Inner');
  await expect(save(worktree)).rejects.toThrow(/repositories of its own.*: app\./);
  // The next try, after the agent has mended it.
  await rm(join(inner, '.git'), { recursive: true });
  await plainGit(directory, 'rm', '--quiet', '--cached', 'app');
  const { commit } = await save(worktree);
  expect(await plainGit(directory, 'ls-tree', '-r', '--name-only', commit)).toContain(
    'app/index.js',
  );
});

test('the settings of a submodule run nothing of its own, and its commit is saved', async () => {
  const { directory, worktree } = await makeWorktree();
  const inner = join(directory, 'x');
  const trace = join(directory, '..', 'trace');
  await mkdir(inner);
  await plainGit(inner, 'init', '--quiet');
  const filtered = { '.gitattributes': '* filter=e\n', f: '1\n' };
  await writeFiles(inner, filtered);
  await plainGit(inner, 'add', '-A');
  await plainGit(inner, 'commit', '--quiet', '-m', 'Inner');
  await plainGit(inner, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  await plainGit(inner, 'config', 'filter.e.clean', `sh -c 'echo ran >> "${trace}"; cat'`);
  const settings = '[submodule "x"]\n\tpath = x\n\turl = ./x\n\tignore = none\n';
  await writeFiles(directory, { '.gitmodules': settings });
  const head = worktree.base;
  // What git compares by the filter: newer than its index.
  const again = () => writeFiles(inner, filtered);
  for (const look of [() => touchedFiles(worktree, head), () => save(worktree)]) {
    await again();
    await look();
    await again();
    await look();
  }
  await plainGit(inner, '-c', 'filter.e.clean=cat', 'commit', '--allow-empty', '-qm', 'Next');
  await plainGit(inner, 'update-ref', 'refs/remotes/origin/next', 'HEAD');
  await again();
  const { commit } = await save(worktree);
  const link = await plainGit(directory, 'rev-parse', `${commit}:x`);
  expect(link).toBe(await plainGit(inner, 'rev-parse', 'HEAD'));
  await again();
  await removeWorktree(worktree);
  await expect(access(trace)).rejects.toThrow('ENOENT');
});

test('work in a submodule that would be gone with the worktree is refused', async () => {
  const { directory, worktree } = await makeWorktree();
  const inner = join(directory, 'x');
  const settings = '[submodule "x"]\n\tpath = x\n\turl = ./x\n';
  await writeFiles(directory, { '.gitmodules': settings });
  await mkdir(inner);
  await plainGit(inner, 'init', '--quiet');
  await commitFiles(inner, { f: '1\n' });
  await expect(save(worktree)).rejects.toThrow(/x \(commits that are not pushed\)/);
  await plainGit(inner, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  await save(worktree);

  const index = join(inner, '.git/index');
  await rename(index, `${index}.aside`);
  await promisify(execFile)('mkfifo', [index]);
  await expect(save(worktree)).rejects.toThrow(/x \(its index is no file\)/);
  await rename(`${index}.aside`, index);

  await writeFiles(inner, { f: '2\n' });
  await expect(save(worktree)).rejects.toThrow(/x \(changes that are not committed\)/);
  await writeFiles(directory, { '.gitmodules': `${settings}\tignore = dirty\n` });
  await save(worktree);

  await rm(join(inner, '.git'), { recursive: true });
  await expect(save(worktree)).rejects.toThrow(/x \(files in its empty folder\)/);
  await rm(join(inner, 'f'));
  await save(worktree);
});

test('a submodule that is gone is saved so', async () => {
  const { head, directory, worktree } = await makeWorktree();
  await plainGit(directory, 'update-index', '--add', '--cacheinfo', `160000,${head},x`);
  const { commit } = await save(worktree);
  expect(await plainGit(directory, 'ls-tree', '--name-only', commit)).not.toMatch(/^x$/m);
});

test('large files are in origin before the commit that points to them', async () => {
  const { origin, head, mirror: plain, worktrees } = await makeProject();
  const bin = await tempDir();
  // Git LFS in as many words: what its filter has kept, its hook copies to origin.
  const program = `#!/bin/sh
kept=$(git rev-parse --git-common-dir)/lfs/objects
case $1 in
  clean) mkdir -p "$kept" && cat >"$kept/new" && id=$(git hash-object --stdin <"$kept/new") &&
    mv "$kept/new" "$kept/$id" && echo "oid:$id" ;;
  pre-push) read -r _ commit _ && git cat-file -e "$commit" &&
    cp -r "$kept" "$(git config --get remote.$2.pushurl)/large" ;;
esac
`;
  await writeFile(join(bin, 'git-lfs'), program, { mode: 0o755 });
  const variables = {
    ...{ ...plain.environment, PATH: `${bin}:${plain.environment['PATH']}` },
    ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'filter.lfs.clean' },
    GIT_CONFIG_VALUE_0: 'git-lfs clean',
  };
  const mirror = { ...plain, environment: variables };
  const directory = join(worktrees, 'large');
  const worktree = await createWorktree(mirror, { directory, commit: head });
  await writeFiles(directory, { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': 'large' });
  const { commit } = await save(worktree);
  const id = /oid:(.*)/.exec(await plainGit(origin, 'show', `${commit}:a.bin`))?.[1];
  expect(await readFile(join(origin, 'large', id as string), 'utf8')).toBe('large');
});

test('write-protected folders are removed', async () => {
  const { directory, worktree } = await makeWorktree();
  await writeFiles(directory, { 'node_modules/cache/x.js': '' });
  await chmod(join(directory, 'node_modules/cache'), 0o500);
  await removeWorktree(worktree);
  await expect(access(directory)).rejects.toThrow('ENOENT');
});

test('many at once on one mirror', async () => {
  const { origin, head, mirror, worktrees } = await makeProject();
  const epochs = Array.from({ length: 10 }, (_, index) => index + 1);
  await Promise.all(
    epochs.map(async (epoch) => {
      const directory = join(worktrees, 'run1', `api-${epoch}`);
      const worktree = await createWorktree(mirror, { directory, commit: head });
      await writeFiles(directory, { [`${epoch}.txt`]: '' });
      const attempt = { runId: 'run1', taskId: 'api', epoch };
      await saveWork(worktree, { message, ref: workRef(attempt) });
      await removeWorktree(worktree);
    }),
  );
  await expectNoWorktree(mirror);
  expect(await readdir(join(worktrees, 'run1'))).toEqual([]);
  const refs = await plainGit(origin, 'for-each-ref', '--format=%(refname)', 'refs/aurora');
  expect(refs.split('\n')).toHaveLength(10);
});
