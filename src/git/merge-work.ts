import { setTimeout as sleep } from 'node:timers/promises';
import { AuroraError } from '../domain/errors.ts';
import { fetchBranch, fetchCommit } from './fetch-commit.ts';
import { inTurn } from './in-turn.ts';
import { type ConflictedFile, mergeTrees } from './merge-tree.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { pushRefs } from './push-refs.ts';
import {
  type MergeConflict,
  resolveConflicts,
  type ResolvedTree,
  type ResolveOptions,
} from './resolve-conflicts.ts';
import { readTrees } from './read-trees.ts';
import { branchRef, trackingRef } from './refs.ts';
import { readRemoteRef } from './remote.ts';
import { isAncestor } from './is-ancestor.ts';

export interface MergeRequest {
  /** The branch in origin to merge into. */
  readonly branch: string;
  /** The commit to merge. */
  readonly work: string;
  readonly message: string;
  /**
   * A ref in origin that has to hold the work when it is published, and goes in the same step:
   * whoever takes the work over moves it first (see `moveWork`).
   */
  readonly ticket?: string;
  /** How conflicts are resolved; without it, or when it leaves one, the merge is a conflict. */
  readonly resolve?: ResolveOptions;
  /** Brings the branch back when it is gone from origin; without it that is an error. */
  readonly restore?: () => Promise<string>;
  readonly signal?: AbortSignal;
}

export type PreparedMerge =
  | { readonly kind: 'already-merged'; readonly head: string }
  | {
      readonly kind: 'merge';
      readonly head: string;
      readonly mergeCommit: string;
      /** What conflicted and was resolved. */
      readonly conflicts: readonly MergeConflict[];
    }
  | {
      readonly kind: 'conflict';
      readonly head: string;
      readonly files: readonly ConflictedFile[];
      readonly conflicts: readonly MergeConflict[];
      readonly notes: string;
    };

/**
 * Computes the merge of `work` into the branch as it is now, in the mirror alone; nobody sees it yet.
 * Always a merge commit (head first), so that the branch has exactly one per task.
 *
 * @throws AuroraError `git-failed`, `disk-full`
 */
export async function prepareMerge(mirror: Mirror, request: MergeRequest): Promise<PreparedMerge> {
  const { branch, work, message, signal } = request;
  const { url, environment } = mirror;
  const head =
    (await readRemoteRef(url, branchRef(branch), { environment, signal })) ??
    (await request.restore?.());
  if (head === undefined) {
    throw new AuroraError(
      'git-failed',
      `The branch ${branch} is gone from ${url}; push it again or abort the run.`,
    );
  }
  const [headTree, workTree] = await readTrees(mirror, [head, work], signal);
  if (headTree === undefined) await fetchBranch(mirror, branch, head, signal);
  if (workTree === undefined) await fetchCommit(mirror, work, signal);
  const merged = await mergeTrees(mirror, head, work, signal);
  // Work that the branch holds already changes nothing; nor does some that it does not hold.
  const isSuspect = headTree === undefined || merged.tree === headTree;
  if (isSuspect && (await isAncestor(mirror, work, head, signal))) {
    return { kind: 'already-merged', head };
  }
  let { tree } = merged;
  let conflicts: readonly MergeConflict[] = [];
  if (merged.kind === 'conflict') {
    const resolved: ResolvedTree =
      request.resolve === undefined
        ? { conflicts: [] }
        : await resolveConflicts(mirror, merged, head, request.resolve);
    ({ conflicts } = resolved);
    if (resolved.tree === undefined) {
      const { kind, files, notes } = merged;
      return { kind, head, files, notes, conflicts };
    }
    ({ tree } = resolved);
  }
  const commit = await inMirror(mirror, ['commit-tree', tree, '-p', head, '-p', work, '-F', '-'], {
    input: message,
    signal,
  });
  return { kind: 'merge', head, mergeCommit: commit.stdout.trim(), conflicts };
}

/**
 * Moves the branch in origin to the merge, if it is still where the merge was computed from, and the
 * ticket is valid. Publishing the same merge again is fine.
 *
 * @throws AuroraError as `pushRefs`
 */
export async function publishMerge(
  mirror: Mirror,
  { branch, work, ticket, signal }: Omit<MergeRequest, 'message' | 'resolve'>,
  { head, mergeCommit }: Pick<PreparedMerge & { kind: 'merge' }, 'head' | 'mergeCommit'>,
): Promise<'published' | 'moved'> {
  const pushed = await pushRefs(
    mirror,
    [
      { ref: branchRef(branch), expected: head, commit: mergeCommit },
      ...(ticket === undefined ? [] : [{ ref: ticket, expected: work, commit: null }]),
    ],
    signal,
  );
  if (pushed === 'moved') return 'moved';
  const input = [
    `update ${trackingRef(branch)} ${mergeCommit}\n`,
    ...(ticket === undefined ? [] : [`delete ${ticket}\n`]),
  ].join('');
  await inMirror(mirror, ['update-ref', '--stdin'], { input });
  return 'published';
}

/** Tries of one merge while others move the branch; each round at least one of them succeeds. */
const maxRounds = 100;
/** Milliseconds. */
const maxWait = 2_000;

/**
 * Prepares and publishes until the branch holds the work. `beforePublish` is awaited each time before
 * anything becomes visible: the caller records the merge commit there, under its epoch, and throws
 * when the attempt is no longer its own. After a crash in between, calling again either finds the
 * work merged or merges it once. Merges of one process take turns per branch: those that only raced
 * each other would be computed for nothing. `beforePublish` must not merge into the same branch.
 *
 * @returns what was published, or why nothing was
 * @throws what `beforePublish` throws; AuroraError as `prepareMerge` and `publishMerge`
 */
export async function mergeWork(
  mirror: Mirror,
  request: MergeRequest & {
    readonly beforePublish: (prepared: PreparedMerge & { kind: 'merge' }) => Promise<void>;
  },
): Promise<PreparedMerge> {
  return inTurn(`${mirror.directory}\0${request.branch}`, () => mergeInRounds(mirror, request));
}

async function mergeInRounds(
  mirror: Mirror,
  request: Parameters<typeof mergeWork>[1],
): Promise<PreparedMerge> {
  let last: string | undefined;
  for (let round = 0; round < maxRounds; round++) {
    const prepared = await prepareMerge(mirror, request);
    if (prepared.kind !== 'merge') return prepared;
    await request.beforePublish(prepared);
    if ((await publishMerge(mirror, request, prepared)) === 'published') return prepared;
    if (prepared.head === last) {
      throw new AuroraError(
        'git-failed',
        `The ref ${request.ticket}, which kept the work, was removed from ${mirror.url} or moved by somebody; the merge is tried again.`,
      );
    }
    last = prepared.head;
    const wait = Math.random() * Math.min(20 * 2 ** round, maxWait);
    await sleep(wait, undefined, { signal: request.signal });
  }
  throw new AuroraError(
    'git-failed',
    `The branch ${request.branch} was moved by others ${maxRounds} times while a merge was tried; retry when fewer merge into it.`,
  );
}
