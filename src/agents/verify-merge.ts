import type { AttemptFailure } from '../domain/failure.ts';
import type { MergeClash } from '../domain/merge-clash.ts';
import type { Mirror } from '../git/mirror.ts';
import { readTrees } from '../git/read-trees.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { Fence } from '../storage/attempt-store.ts';
import { blameMerge, nameTasks } from './blame-merge.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import type { Reach } from './reach.ts';
import { runVerify, type VerifyOutcome } from './verify.ts';
import { withWorktree } from './with-worktree.ts';

export type MergeVerdict =
  /** ran: false when the merge holds exactly what was checked already. */
  | { readonly kind: 'passed'; readonly ran: boolean }
  /** There is no check, or it cannot tell: it is red on the task's own work too. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'red'; readonly failure: AttemptFailure };

/**
 * Runs the task's check on a merge before it is published. A merge of the same content as the work
 * needs none. A red check is only believed when it is green on the work alone in an equally fresh
 * worktree: a check that needs what the executor left lying about says nothing about the merge. Then it
 * is found out with whose work it clashes.
 *
 * @param reach of the agent: checks have no further one
 * @param prepare makes a worktree ready for the check, or says why it is not
 * @throws Unchecked
 */
export async function verifyMerge(
  deps: Pick<TaskRunnerDeps, 'workspaces' | 'log'>,
  mirror: Mirror,
  { task }: Pick<ClaimedTask, 'task'>,
  fence: Fence,
  commits: {
    readonly head: string;
    readonly merge: string;
    readonly work: string;
    /** The merge itself is in doubt, which a red check settles. */
    readonly isGuess: boolean;
  },
  reach: Reach,
  prepare: (directory: string) => Promise<AttemptFailure | null>,
  signal: AbortSignal,
): Promise<MergeVerdict> {
  const command = task.spec.verify;
  if (command === undefined) return { kind: 'unknown' };
  const [merged, worked] = await readTrees(mirror, [commits.merge, commits.work]);
  if (merged === worked) return { kind: 'passed', ran: false };
  const onOutput = (chunk: string) => deps.log.debug({ chunk }, 'check of the merge');
  const check = (commit: string): Promise<VerifyOutcome> =>
    withWorktree(deps.workspaces, mirror, fence, commit, signal, async (directory) => {
      const unready = await prepare(directory);
      if (unready !== null) throw new Unchecked(unready);
      const given = { command, attempt: fence, directory, ...reach, signal, onOutput };
      const outcome = await runVerify(given);
      if (!outcome.ok && outcome.failure.class !== 'verify') throw new Unchecked(outcome.failure);
      return outcome;
    });
  const onMerge = await check(commits.merge);
  if (onMerge.ok) return { kind: 'passed', ran: true };
  const onWork = await check(commits.work);
  if (!onWork.ok) return { kind: 'unknown' };
  if (commits.isGuess) return { kind: 'red', failure: onMerge.failure };
  const isGreen = async (commit: string) => {
    const { ok } = await check(commit);
    signal.throwIfAborted();
    return ok;
  };
  const { head } = commits;
  const { others, isOthersAlone } = await blameMerge(mirror, commits, isGreen).catch((error) => {
    // That the merge is red is known, with whom it is not.
    if (!signal.aborted && !(error instanceof Unchecked)) throw error;
    return { others: [], isOthersAlone: false };
  });
  return { kind: 'red', failure: redMerge(onMerge.failure, { head, others, isOthersAlone }) };
}

/** The check could not be made, or did not end: that says nothing of the commit. */
export class Unchecked extends Error {
  override readonly name = 'Unchecked';
  readonly failure: AttemptFailure;

  constructor(failure: AttemptFailure) {
    const message = `The check of the merge could not be made: ${failure.message}`;
    super(message);
    this.failure = { ...failure, message };
  }
}

function redMerge(
  failure: AttemptFailure,
  found: Pick<MergeClash, 'head' | 'others' | 'isOthersAlone'>,
): AttemptFailure {
  const names = nameTasks(found.others);
  const why =
    found.isOthersAlone === true
      ? `the branch is red by itself since ${names} was merged`
      : `it fails once that is merged with what ${names} merged meanwhile`;
  return {
    ...failure,
    message: `The task's check passes on its own work, but ${why}.`,
    clash: { kind: 'check', files: [], ...found },
  };
}
