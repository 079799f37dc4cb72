import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AuroraError } from '../domain/errors.ts';
import type { GitOptions } from './git.ts';
import { inWorktree, type Worktree } from './worktree.ts';

/** Milliseconds for one look at a submodule, whose repository may hold anything. */
const patience = 120_000;

interface Submodule {
  readonly path: string;
  /** What the superproject's commit says, which is what is checked out. */
  readonly commit: string;
  readonly directory: string;
}

/**
 * Refuses work in submodules that is in no commit of the worktree and would be gone with it: files in
 * one that is not checked out, changes that are not committed there (unless `.gitmodules` has `ignore =
 * dirty`), and commits that none of its own remotes has. New files beside its own are taken for what a
 * build has left.
 *
 * @param commit of the worktree, with what it holds
 * @param paths of its submodules
 * @throws AuroraError `worktree-damaged`; `git-failed` when a submodule holds git up for longer than 2 min
 */
export async function refuseSubmoduleWork(
  worktree: Worktree,
  commit: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (paths.length === 0) return;
  const [now, before] = await Promise.all(
    [commit, worktree.base].map((each) => linksOf(worktree, each, paths)),
  );
  const ignored = await ignoredPaths(worktree, commit);
  const unsaved: string[] = [];
  for (const [path, link] of now ?? []) {
    const submodule = { path, commit: link, directory: join(worktree.directory, path) };
    const isMoved = before?.get(path) !== link;
    const why = await unsavedWork(worktree, submodule, {
      isMoved,
      mayBeDirty: ignored.has(path),
      signal,
    });
    if (why !== undefined) unsaved.push(`${path} (${why})`);
  }
  if (unsaved.length === 0) return;
  throw new AuroraError(
    'worktree-damaged',
    `Work in submodules is not in the project's commits and would be lost: ${unsaved.join(', ')}. Check the submodule out, commit there and push that to a branch of its own repository; or leave it as it is.`,
  );
}

async function unsavedWork(
  worktree: Worktree,
  submodule: Submodule,
  {
    isMoved,
    mayBeDirty,
    signal,
  }: {
    readonly isMoved: boolean;
    readonly mayBeDirty: boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<string | undefined> {
  const { directory, commit } = submodule;
  if (!(await lstat(directory).catch(() => undefined))?.isDirectory()) return undefined;
  const repository = await repositoryOf(directory);
  if (repository === undefined) {
    return (await readdir(directory)).length > 0 ? 'files in its empty folder' : undefined;
  }
  const index = join(repository, 'index');
  // Its settings are the agent's, and would run the agent's filters: git has ours, and its objects.
  const env = {
    ...{ GIT_DIR: worktree.mirror.directory, GIT_WORK_TREE: directory },
    GIT_INDEX_FILE: index,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repository, 'objects'),
  };
  const run = (args: readonly string[], options: Partial<GitOptions> = {}) =>
    inWorktree({ ...worktree, directory }, args, {
      ...{ env, signal, timeout: patience, exitCodes: [0, 1, 128] },
      ...options,
    });
  const diff = ['diff', '--quiet', '--no-ext-diff', '--no-textconv', '--ignore-submodules=dirty'];
  if (!mayBeDirty) {
    // git would wait for ever at a pipe.
    if (!(await lstat(index).catch(() => undefined))?.isFile()) return 'its index is no file';
    const { exitCode } = await run([...diff, commit, '--']);
    if (exitCode !== 0) return 'changes that are not committed';
  }
  if (!isMoved) return undefined;
  const refs = await run(['for-each-ref', '--format=%(objectname)', 'refs/remotes', 'refs/tags'], {
    env: { GIT_DIR: repository },
  });
  const pushed = refs.stdout.split('\n').filter((line) => line !== '');
  const input = [commit, ...pushed.map((each) => `^${each}`), ''];
  const beyond = await run(['rev-list', '--max-count=1', '--ignore-missing', '--stdin'], {
    input: input.join('\n'),
  });
  const isPushed = beyond.exitCode === 0 && beyond.stdout === '';
  return isPushed ? undefined : 'commits that are not pushed';
}

/** Where a submodule has its objects; undefined when it is not checked out. */
async function repositoryOf(directory: string): Promise<string | undefined> {
  const place = join(directory, '.git');
  const found = await lstat(place).catch(() => undefined);
  if (found?.isDirectory()) return place;
  if (!found?.isFile() || found.size > 8_192) return undefined;
  const target = /^gitdir: (.*?)\n?$/s.exec(await readFile(place, 'utf8'))?.[1];
  return target === undefined ? undefined : resolve(directory, target);
}

async function linksOf(
  worktree: Worktree,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const { stdout } = await inWorktree(worktree, [
    ...['ls-tree', '-z', '--full-tree', commit, '--', ...paths],
  ]);
  const links = stdout.split('\0').flatMap((line) => {
    const [, link, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return link === undefined || path === undefined ? [] : [[path, link] as const];
  });
  return new Map(links);
}

/** Submodules of which the project says that changes in them do not matter. */
async function ignoredPaths(worktree: Worktree, commit: string): Promise<ReadonlySet<string>> {
  const args = ['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp'];
  const { stdout } = await inWorktree(worktree, [...args, String.raw`\.(path|ignore)$`], {
    exitCodes: [0, 1, 128],
  });
  const paths = new Map<string, string>();
  const ignored = new Set<string>();
  for (const [key = '', value = ''] of stdout.split('\0').map((entry) => entry.split('\n'))) {
    const name = key.replace(/\.[^.]*$/, '');
    if (key.endsWith('.path')) paths.set(name, value);
    else if (value === 'dirty' || value === 'all') ignored.add(name);
  }
  return new Set([...ignored].map((name) => paths.get(name) ?? ''));
}
