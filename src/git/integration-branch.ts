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

/**
 * Makes the run's integration branch in origin at `baseCommit`, unless it is there already.
 *
 * @throws AuroraError as `pushRefs`
 */
export async function ensureIntegrationBranch(
  mirror: Mirror,
  options: {
    readonly runId: string;
    readonly baseCommit: string;
    readonly signal?: AbortSignal;
  },
): Promise<IntegrationBranch> {
  const { runId, baseCommit, signal } = options;
  const branch = integrationBranch(refComponent(runId));
  const found = await readBranchHead(mirror, branch, signal);
  if (found !== undefined) return { branch, head: found };
  await fetchCommit(mirror, baseCommit, signal);
  const ref = branchRef(branch);
  const pushed = await pushRefs(mirror, [{ ref, expected: null, commit: baseCommit }], signal);
  if (pushed === 'pushed') {
    await inMirror(mirror, ['update-ref', trackingRef(branch), baseCommit]);
    return { branch, head: baseCommit };
  }
  // Another process was first.
  return ensureIntegrationBranch(mirror, options);
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
