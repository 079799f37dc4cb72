import { integrationBranch } from '../domain/run.ts';
import { fetchBranch, fetchCommit } from './fetch-commit.ts';
import { gatherMerges, holdsMerges } from './gather-merges.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { pushRefs } from './push-refs.ts';
import { branchRef, refComponent, trackingRef } from './refs.ts';
import { readRemoteRef } from './remote.ts';

export interface IntegrationBranch {
  readonly branch: string;
  readonly head: string;
}

/**
 * The commit at which a branch begins that is not there, or goes on that has lost something: it holds
 * all that was merged, and the head if there is one.
 */
export type BranchStart = (
  mirror: Mirror,
  branch: string,
  head: string | undefined,
) => Promise<string>;

/**
 * Makes the run's integration branch in origin, unless it is there already and holds what it has to.
 *
 * @param options.holds merges that it must not have lost
 * @throws AuroraError as `pushRefs`; what `startAt` throws
 */
export async function ensureIntegrationBranch(
  mirror: Mirror,
  options: {
    readonly runId: string;
    readonly startAt: BranchStart;
    readonly holds?: readonly string[];
    readonly signal?: AbortSignal;
  },
): Promise<IntegrationBranch> {
  const { runId, startAt, holds = [], signal } = options;
  const branch = integrationBranch(refComponent(runId));
  const found = await readBranchHead(mirror, branch, signal);
  if (found !== undefined && (await holdsMerges(mirror, found, holds))) {
    return { branch, head: found };
  }
  const commit = await startAt(mirror, branch, found);
  await fetchCommit(mirror, commit, signal);
  const ref = branchRef(branch);
  const pushed = await pushRefs(mirror, [{ ref, expected: found ?? null, commit }], signal);
  if (pushed === 'pushed') {
    await inMirror(mirror, ['update-ref', trackingRef(branch), commit]);
    return { branch, head: commit };
  }
  // Another process was first.
  return ensureIntegrationBranch(mirror, options);
}

/**
 * The head of a run's branch after what it has lost was brought back; undefined when nothing was ever
 * merged and there is no branch.
 *
 * @param merges all that it has ever got, as the record has it
 * @throws AuroraError `merges-lost`; as `pushRefs`; the reason of the signal
 */
export async function restoreIntegrationBranch(
  mirror: Mirror,
  runId: string,
  merges: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (merges.length === 0) return readBranchHead(mirror, integrationBranch(runId), signal);
  const startAt: BranchStart = (_, branch, head) =>
    gatherMerges(mirror, branch, merges, head, signal);
  const options = { runId, startAt, holds: merges, ...(signal && { signal }) };
  return (await ensureIntegrationBranch(mirror, options)).head;
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
