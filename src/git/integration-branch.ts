import { AuroraError } from '../domain/errors.ts';
import { integrationBranch } from '../domain/run.ts';
import { fetchBranch, fetchCommit } from './fetch-commit.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { pushRefs } from './push-refs.ts';
import { branchRef, refComponent, trackingRef } from './refs.ts';
import { readRemoteRef } from './remote.ts';

export interface IntegrationBranch {
  readonly branch: string;
  readonly head: string;
}

/** Where a branch begins that is not there: at the base, or where it was before somebody deleted it. */
export type BranchStart = (mirror: Mirror, branch: string) => Promise<string>;

/**
 * Makes the run's integration branch in origin, unless it is there already.
 *
 * @throws AuroraError as `pushRefs`; what `startAt` throws
 */
export async function ensureIntegrationBranch(
  mirror: Mirror,
  options: {
    readonly runId: string;
    readonly startAt: BranchStart;
    readonly signal?: AbortSignal;
  },
): Promise<IntegrationBranch> {
  const { runId, startAt, signal } = options;
  const branch = integrationBranch(refComponent(runId));
  const found = await readBranchHead(mirror, branch, signal);
  if (found !== undefined) return { branch, head: found };
  const commit = await startAt(mirror, branch);
  await fetchCommit(mirror, commit, signal);
  const ref = branchRef(branch);
  const pushed = await pushRefs(mirror, [{ ref, expected: null, commit }], signal);
  if (pushed === 'pushed') {
    await inMirror(mirror, ['update-ref', trackingRef(branch), commit]);
    return { branch, head: commit };
  }
  // Another process was first.
  return ensureIntegrationBranch(mirror, options);
}

/**
 * The last of some merges into one branch, which holds all others.
 *
 * @throws AuroraError `git-failed` when one of them is not in the mirror, nor in origin's branches
 */
export async function lastMerge(
  mirror: Mirror,
  branch: string,
  merges: readonly string[],
): Promise<string> {
  try {
    const args = ['rev-list', '--topo-order', '--max-count=1', '--stdin'];
    const { stdout } = await inMirror(mirror, args, { input: `${merges.join('\n')}\n` });
    return stdout.trim();
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'git-failed') throw error;
    throw new AuroraError(
      'git-failed',
      `The branch ${branch} is gone from ${mirror.url}, and this machine does not have all that was merged into it; push it again or abort the run.`,
      { cause: error },
    );
  }
}

/** The commit of a branch in origin, brought into the mirror; undefined when there is no such branch. */
export async function readBranchHead(
  mirror: Mirror,
  branch: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { url, environment } = mirror;
  const head = await readRemoteRef(url, branchRef(branch), { environment, signal });
  if (head !== undefined) await fetchBranch(mirror, branch, head, signal);
  return head;
}
