import { realpath, stat } from 'node:fs/promises';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { type BranchHead, fallbackBranch, noCommitSentence } from './default-branch.ts';
import { git } from './git.ts';
import type { Environment } from './git-environment.ts';
import { readRemote } from './remote.ts';
import { invalid, parseRepositoryLocation } from './repository-url.ts';

export interface RepositoryInspection {
  /** Absolute path or URL; never with a password or token. */
  readonly url: string;
  /** `HEAD` when origin works on a detached HEAD. */
  readonly defaultBranch: string;
  /** The commit that work starts from. */
  readonly head: string;
  /** There are uncommitted changes, which runs do not see. */
  readonly dirty: boolean;
}

/** Nobody shall wait for an address that was mistyped. */
const saysNo: readonly string[] = ['git-failed', 'repository-unavailable'];

/**
 * Looks at what a user gave as a repository: a path, a folder inside a repository, or a URL.
 *
 * @throws AuroraError `repository-invalid` with the reason and the way out
 */
export async function inspectRepository(
  pathOrUrl: string,
  options: {
    readonly environment: Environment;
    readonly signal?: AbortSignal;
    /** Milliseconds that a remote may take to answer; 30 s when not given. */
    readonly timeout?: number;
  },
): Promise<RepositoryInspection> {
  const location = parseRepositoryLocation(pathOrUrl);
  if (location.kind === 'path') return inspectPath(pathOrUrl, location.path, options);
  try {
    const remote = await readRemote(location.url, {
      ...options,
      timeout: options.timeout ?? 30_000,
    });
    const { defaultBranch, head } = startingPoint(pathOrUrl, remote);
    return { url: location.url, defaultBranch, head, dirty: false };
  } catch (error) {
    if (!(error instanceof AuroraError) || !saysNo.includes(error.code)) throw error;
    const hint = location.hadCredentials
      ? ' (credentials in a URL are not stored, so they were not used: set up a git credential helper)'
      : '';
    throw invalid(pathOrUrl, `it does not answer${hint}: ${errorMessage(error)}`, error);
  }
}

async function inspectPath(
  given: string,
  path: string,
  options: { readonly environment: Environment; readonly signal?: AbortSignal },
): Promise<RepositoryInspection> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const why = found.code === 'ENOENT' ? 'there is no such folder' : found.message;
    throw invalid(given, why, found);
  }
  if (!found.isDirectory()) throw invalid(given, 'it is a file; give the folder of a repository');

  const run = (args: readonly string[], exitCodes = [0]) =>
    git(args, { cwd: path, exitCodes, ...options });
  const kind = await run(['rev-parse', '--is-inside-work-tree', '--absolute-git-dir']).catch(
    (error: unknown) => {
      throw invalid(given, notARepository(path, errorMessage(error)), error);
    },
  );
  const [inWorkTree, gitDirectory = path] = kind.stdout.split('\n');
  const top =
    inWorkTree === 'true'
      ? (await run(['rev-parse', '--show-toplevel'])).stdout.replace(/\n$/, '')
      : gitDirectory;

  const commit = (await run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], [0, 1])).stdout;
  const symbolic = (await run(['symbolic-ref', '--quiet', 'HEAD'], [0, 1])).stdout.trim();
  const { defaultBranch, head } = startingPoint(given, {
    head: commit.trim() === '' ? undefined : commit.trim(),
    headBranch: symbolic === '' ? undefined : symbolic.replace(/^refs\/heads\//, ''),
    branches: commit.trim() === '' ? await localBranches(run) : [],
  });
  const dirty =
    inWorkTree === 'true' &&
    (await git(['status', '--porcelain'], { cwd: top, ...options })).stdout !== '';
  return { url: await realpath(top), defaultBranch, head, dirty };
}

function startingPoint(
  given: string,
  remote: {
    readonly head: string | undefined;
    readonly headBranch: string | undefined;
    readonly branches: readonly BranchHead[];
  },
): { defaultBranch: string; head: string } {
  if (remote.head !== undefined) {
    return { defaultBranch: remote.headBranch ?? 'HEAD', head: remote.head };
  }
  const fallback = fallbackBranch(remote.branches);
  if (fallback === undefined) throw invalid(given, noCommitSentence(remote.branches));
  return { defaultBranch: fallback.branch, head: fallback.commit };
}

async function localBranches(
  run: (args: readonly string[]) => Promise<{ stdout: string }>,
): Promise<BranchHead[]> {
  const format = '--format=%(objectname) %(refname:lstrip=2)';
  const { stdout } = await run(['for-each-ref', format, 'refs/heads']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const space = line.indexOf(' ');
      return { commit: line.slice(0, space), branch: line.slice(space + 1) };
    });
}

function notARepository(path: string, words: string): string {
  if (words.includes('dubious ownership')) {
    return `it belongs to another user; allow it with git config --global --add safe.directory ${path}`;
  }
  if (words.includes('not a git repository')) {
    return 'it is not a git repository; make it one with git init and a first commit';
  }
  return words;
}
