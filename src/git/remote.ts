import { isAbsolute } from 'node:path';
import type { BranchHead } from './default-branch.ts';
import { git } from './git.ts';
import type { Environment } from './git-environment.ts';

export interface RemoteOptions {
  readonly environment: Environment;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What a remote has to offer. */
export interface Remote {
  readonly head: string | undefined;
  /** Undefined when HEAD is detached or the remote does not tell. */
  readonly headBranch: string | undefined;
  readonly branches: readonly BranchHead[];
}

/** @throws AuroraError `git-failed` when the remote does not answer */
export async function readRemote(url: string, options: RemoteOptions): Promise<Remote> {
  const refs = await listRefs(url, ['HEAD', 'refs/heads/*'], options);
  const branches = [...refs.commits]
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, commit]) => ({ branch: ref.slice('refs/heads/'.length), commit }));
  return {
    head: refs.commits.get('HEAD'),
    headBranch: refs.symbolic.get('HEAD')?.replace(/^refs\/heads\//, ''),
    branches,
  };
}

/** The commit of one ref of a remote; undefined when it has no such ref. */
export async function readRemoteRef(
  url: string,
  ref: string,
  options: RemoteOptions,
): Promise<string | undefined> {
  if (isAbsolute(url)) return readLocalRef(url, ref, options);
  return (await listRefs(url, [ref], options)).commits.get(ref);
}

/** The same in a repository on this machine: one process instead of the three of a transport. */
async function readLocalRef(
  directory: string,
  ref: string,
  { environment, signal }: RemoteOptions,
): Promise<string | undefined> {
  const args = ['for-each-ref', '--format=%(refname) %(objectname)', '--', ref];
  const { stdout } = await git(args, { cwd: directory, environment, signal });
  const lines = stdout.split('\n').map((line) => line.split(' '));
  return lines.find(([name]) => name === ref)?.[1];
}

/** The refs of a remote that match the patterns (`*` also matches slashes), and their commits. */
export async function listRefs(
  url: string,
  patterns: readonly string[],
  { environment, signal, timeout }: RemoteOptions,
): Promise<{
  readonly commits: ReadonlyMap<string, string>;
  readonly symbolic: ReadonlyMap<string, string>;
}> {
  const { stdout } = await git(['ls-remote', '--symref', '--', url, ...patterns], {
    // Outside of any repository, whose configuration would otherwise apply.
    cwd: '/',
    environment,
    signal,
    ...(timeout === undefined ? {} : { timeout }),
  });
  const commits = new Map<string, string>();
  const symbolic = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [value = '', ref] = line.split('\t');
    if (ref === undefined) continue;
    if (value.startsWith('ref: ')) symbolic.set(ref, value.slice('ref: '.length));
    else commits.set(ref, value);
  }
  return { commits, symbolic };
}
