import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { AuroraError } from '../domain/errors.ts';
import { git, type GitOptions, type GitOutput } from './git.ts';
import type { Environment } from './git-environment.ts';
import { onDisk } from './git-error.ts';
import { type Identity, readIdentity } from './identity.ts';
import { withLockRetry } from './locks.ts';
import { isProcessAlive } from './process-alive.ts';
import { readRemote } from './remote.ts';

/** Our bare copy of a project's repository, shared by all worktrees of one machine. */
export interface Mirror {
  readonly directory: string;
  /** Origin: absolute path or URL. */
  readonly url: string;
  readonly environment: Environment;
  /** Who makes our commits. */
  readonly identity: Identity;
}

/**
 * Opens the mirror of `url` at `directory`, makes it when it is missing, and fetches. Safe for
 * several processes at once and after a kill at any point.
 *
 * @param options.url as `inspectRepository` returns it
 * @throws AuroraError `git-failed`, `disk-full`
 */
export async function openMirror(options: {
  readonly url: string;
  readonly directory: string;
  readonly environment: Environment;
  readonly signal?: AbortSignal;
}): Promise<Mirror> {
  const { url, directory, environment, signal } = options;
  await removeUnfinished(directory);
  if (!(await exists(join(directory, 'HEAD')))) await makeMirror(options);
  const identity = await readIdentity(url, environment);
  const mirror: Mirror = { directory, url, environment, identity };
  for (const [name, value] of mirrorConfig(mirror)) {
    const { stdout } = await inMirror(mirror, ['config', '--local', '--get-all', name], {
      exitCodes: [0, 1],
    });
    // Written only when different: an agent may have changed the configuration it shares with us.
    if (stdout !== `${value}\n`) {
      await inMirror(mirror, ['config', '--local', '--replace-all', name, value]);
    }
  }
  await barStash(mirror);
  await fetchMirror(mirror, signal);
  return mirror;
}

/**
 * All worktrees of a repository share one stash: what an attempt put there another one would take out. A
 * ref below its name leaves no room for it, so that `git stash` fails and leaves the files as they are.
 */
async function barStash(mirror: Mirror): Promise<void> {
  const bar = 'refs/stash/is-shared';
  const refs = (await inMirror(mirror, ['for-each-ref', '--format=%(refname)', bar])).stdout;
  if (refs !== '') return;
  await putStashAside(mirror);
  const input = 'There is one stash for all attempts on this machine. Commit instead.\n';
  const blob = (await inMirror(mirror, ['hash-object', '-w', '--stdin'], { input })).stdout.trim();
  await inMirror(mirror, ['update-ref', bar, blob]);
}

/** What was stashed before it was barred is in `refs/stashed/COMMIT`, the older ones in its reflog. */
async function putStashAside(mirror: Mirror): Promise<void> {
  const args = ['rev-parse', '--quiet', '--verify', 'refs/stash'];
  const commit = (await inMirror(mirror, args, { exitCodes: [0, 1] })).stdout.trim();
  if (commit === '') return;
  const aside = `refs/stashed/${commit}`;
  await inMirror(mirror, ['update-ref', aside, commit]);
  const log = join(mirror.directory, 'logs', aside);
  await onDisk('the stash', async () => {
    await mkdir(dirname(log), { recursive: true });
    // Another process may be doing the same.
    await rename(join(mirror.directory, 'logs/refs/stash'), log).catch(ifMissing);
  });
  // By now another one may have barred it; where it is still there, that fails.
  await inMirror(mirror, ['update-ref', '-d', 'refs/stash'], { exitCodes: [0, 1, 128] });
}

/** Brings branches and HEAD of origin up to date, with new tags; drops branches that origin dropped. */
export async function fetchMirror(mirror: Mirror, signal?: AbortSignal): Promise<void> {
  const refspecs = [
    '+refs/heads/*:refs/remotes/origin/*',
    // HEAD by itself, for an origin that works on a detached one.
    ...((await readRemote(mirror.url, { environment: mirror.environment, signal })).head
      ? ['+HEAD:refs/origin-head']
      : []),
  ];
  await inMirror(mirror, [...fetchArguments, mirror.url, ...refspecs], { signal });
}

/** `--update-shallow`: a shallow origin is worked on as it is. */
export const fetchArguments = [
  'fetch',
  '--quiet',
  '--prune',
  '--no-write-fetch-head',
  '--update-shallow',
  '--no-recurse-submodules',
] as const;

/** Runs git in the mirror, as Aurora, and waits for (or clears) locks of other processes. */
export function inMirror(
  mirror: Mirror,
  args: readonly string[],
  options: Omit<GitOptions, 'cwd' | 'environment'> = {},
): Promise<GitOutput> {
  return withLockRetry(
    (path) => ownsLock(mirror, path),
    () =>
      git([...asAurora(mirror), ...args], {
        ...options,
        cwd: mirror.directory,
        environment: mirror.environment,
        env: { GIT_DIR: mirror.directory, ...options.env },
      }),
  );
}

/** The arguments that make our commits ours, whatever an agent has configured. */
export function asAurora({ identity }: Mirror): readonly string[] {
  return ['-c', `user.name=${identity.name}`, '-c', `user.email=${identity.email}`];
}

/** Locks in the mirror, and those of our own refs in an origin on this machine. */
export function ownsLock(mirror: Mirror, path: string): boolean {
  if (path.startsWith(mirror.directory + sep)) return true;
  return (
    isAbsolute(mirror.url) &&
    path.startsWith(mirror.url + sep) &&
    /\/refs\/(?:heads\/)?aurora\//.test(path)
  );
}

function mirrorConfig({ url, identity }: Mirror): [name: string, value: string][] {
  return [
    ['remote.origin.url', url],
    ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'],
    // Aurora pushes, fenced, by URL. An agent that pushes by itself would publish unverified work.
    ['remote.origin.pushurl', '/dev/null/agents-do-not-push'],
    ['user.name', identity.name],
    ['user.email', identity.email],
    // Background maintenance started by an agent's git would outlive the agent.
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ];
}

async function makeMirror({
  url,
  directory,
  environment,
  signal,
}: {
  readonly url: string;
  readonly directory: string;
  readonly environment: Environment;
  readonly signal?: AbortSignal;
}): Promise<void> {
  const remote = await readRemote(url, { environment, signal });
  const anyCommit = remote.head ?? remote.branches[0]?.commit ?? '';
  const format = anyCommit.length === 64 ? 'sha256' : 'sha1';
  const unfinished = `${directory}.new-${process.pid}-${Math.random().toString(36).slice(2)}`;
  await onDisk('the mirror', () => mkdir(dirname(directory), { recursive: true }));
  const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
  try {
    await git([...args, '--', unfinished], { cwd: dirname(directory), environment, signal });
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    const taken = code === 'ENOTEMPTY' || code === 'EEXIST';
    // Another process was first, which is as good.
    if (taken && (await exists(join(directory, 'HEAD')))) return;
    throw taken
      ? new AuroraError(
          'git-failed',
          `The folder ${directory} is in the way of a mirror and is not one; move it away.`,
          { cause: error },
        )
      : error;
  }
}

/** Removes what processes that were killed while making this mirror have left. */
async function removeUnfinished(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.new-`;
  const names = await readdir(dirname(directory)).catch(() => []);
  for (const name of names.filter((found) => found.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (isProcessAlive(pid)) continue;
    await rm(join(dirname(directory), name), { recursive: true, force: true });
  }
}

function ifMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
