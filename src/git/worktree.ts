import { lstat, mkdir, readFile, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { git, type GitOptions, type GitOutput } from './git.ts';
import { gitError, onDisk } from './git-error.ts';
import { withLockRetry } from './locks.ts';
import { asAurora, inMirror, type Mirror, ownsLock } from './mirror.ts';

/** Written last, in the administration: a worktree without it was never given to an agent. */
export const baseFile = 'aurora-base';

/** The folder in which one attempt works: a worktree of the mirror on a detached commit. */
export interface Worktree {
  readonly mirror: Mirror;
  readonly directory: string;
  /** The folder in the mirror where git keeps this worktree's HEAD and index. */
  readonly administration: string;
  /** The commit that the attempt started from. */
  readonly base: string;
}

/**
 * Makes the worktree of an attempt, detached at `commit`.
 *
 * @param options.directory absolute; must not exist: each attempt has its own
 * @throws AuroraError `git-failed`, `disk-full`, `state-conflict` when the folder exists
 */
export async function createWorktree(
  mirror: Mirror,
  options: { readonly directory: string; readonly commit: string; readonly signal?: AbortSignal },
): Promise<Worktree> {
  const { directory, commit, signal } = options;
  if (await lstat(directory).catch(() => undefined)) {
    throw new AuroraError(
      'state-conflict',
      `The worktree folder ${directory} exists already; the attempt that left it must be cleaned up first.`,
    );
  }
  await onDisk('the worktree', () => mkdir(dirname(directory), { recursive: true }));
  const args = ['worktree', 'add', '--quiet', '--detach', '--', directory, commit];
  try {
    await inMirror(mirror, args, { signal });
  } catch (error) {
    throw await explainNoSpace(mirror, directory, commit, error);
  }
  const pointer = await readFile(join(directory, '.git'), 'utf8');
  const administration = resolve(directory, pointer.replace(/^gitdir: /, '').trimEnd());
  await onDisk('the worktree', () => writeFile(join(administration, baseFile), `${commit}\n`));
  return { mirror, directory, administration, base: commit };
}

/** git says "unable to write file" without saying why, and has cleaned up by then. */
async function explainNoSpace(
  mirror: Mirror,
  directory: string,
  commit: string,
  error: unknown,
): Promise<unknown> {
  if (!/unable to (?:write|create)/.test(errorMessage(error))) return error;
  const listing = (await inMirror(mirror, ['ls-tree', '-r', '-l', '-z', commit])).stdout;
  const sizes = listing.split('\0').map((line) => Number(/ (\d+)\t/.exec(line)?.[1] ?? 0));
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  const { bavail, bsize, files, ffree } = await statfs(dirname(directory));
  const enoughFiles = files === 0 || ffree > sizes.length; // Some file systems do not count them.
  if (bavail * bsize > needed && enoughFiles) return error;
  const words = `no space left on device: ${needed} bytes are needed, ${bavail * bsize} are free`;
  return gitError(`the worktree ${directory}`, words, error);
}

/**
 * Runs git on the worktree. The repository is named by us and not looked up through the `.git`
 * file, which the agent can change.
 */
export function inWorktree(
  worktree: Worktree,
  args: readonly string[],
  options: Omit<GitOptions, 'cwd' | 'environment'> = {},
): Promise<GitOutput> {
  const { mirror, directory, administration } = worktree;
  return withLockRetry(
    (path) => ownsLock(mirror, path),
    () =>
      git([...asAurora(mirror), ...args], {
        ...options,
        cwd: directory,
        environment: mirror.environment,
        env: { GIT_DIR: administration, GIT_WORK_TREE: directory, ...options.env },
      }),
  );
}

/**
 * Checks that the folder is still the worktree that we made. An agent that ran `git init` or
 * `rm -rf .git` in it has cut its commits off from the project.
 *
 * @throws AuroraError `worktree-damaged`
 */
export async function assertIntact({ directory, administration }: Worktree): Promise<void> {
  const damaged = (why: string) =>
    new AuroraError(
      'worktree-damaged',
      `The worktree ${directory} can no longer be used: ${why}. An agent must not remove or replace .git.`,
    );
  if (!(await stat(directory).catch(() => undefined))?.isDirectory()) {
    throw damaged('the folder is gone');
  }
  const pointer = join(directory, '.git');
  const found = await lstat(pointer).catch(() => undefined);
  if (found === undefined) throw damaged('its .git file was deleted');
  if (!found.isFile() || found.size > 8_192) {
    throw damaged('its .git file was replaced by a repository of its own');
  }
  const target = /^gitdir: (.*?)\n?$/s.exec(await readFile(pointer, 'utf8'))?.[1];
  if (target === undefined || resolve(directory, target) !== administration) {
    throw damaged('its .git file was changed to point elsewhere');
  }
  if (!(await stat(join(administration, 'HEAD')).catch(() => undefined))?.isFile()) {
    throw damaged("git's record of it is gone (git worktree prune or remove)");
  }
}
