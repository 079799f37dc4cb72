import type { AttemptFailure } from '../domain/failure.ts';
import { inMirror, type Mirror } from '../git/mirror.ts';
import { discardWorktree } from '../git/remove-worktree.ts';
import { createWorktree } from '../git/worktree.ts';
import { worktreeDirectory } from '../git/worktree-janitor.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { runVerify, type VerifyOutcome } from './verify.ts';
import { removeRunFolder } from './workspace.ts';

export type MergeVerdict =
  /** ran: false when the merge holds exactly what was checked already. */
  | { readonly kind: 'passed'; readonly ran: boolean }
  /** There is no check, or it cannot tell: it is red on the task's own work too. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'red'; readonly failure: AttemptFailure };

/**
 * Runs the task's check on a merge before it is published. A merge of the same content as the work
 * needs none. A red check is only believed when it is green on the work alone in an equally fresh
 * worktree: a check that needs what the executor left lying about says nothing about the merge.
 *
 * @param env already scrubbed
 */
export async function verifyMerge(
  deps: Pick<TaskRunnerDeps, 'workspaces' | 'log'>,
  mirror: Mirror,
  { task }: Pick<ClaimedTask, 'task'>,
  fence: Fence,
  commits: { readonly merge: string; readonly work: string },
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<MergeVerdict> {
  const command = task.spec.verify;
  if (command === undefined) return { kind: 'unknown' };
  if ((await treeOf(mirror, commits.merge)) === (await treeOf(mirror, commits.work))) {
    return { kind: 'passed', ran: false };
  }
  const check = async (commit: string): Promise<VerifyOutcome> => {
    const directory = worktreeDirectory(deps.workspaces.worktreesRoot, fence);
    const worktree = await createWorktree(mirror, { directory, commit, signal });
    try {
      const onOutput = (chunk: string) => deps.log.debug({ chunk }, 'check of the merge');
      return await runVerify({ command, attempt: fence, directory, env, signal, onOutput });
    } finally {
      await discardWorktree(worktree);
      await removeRunFolder(directory);
    }
  };
  const onMerge = await check(commits.merge);
  if (onMerge.ok) return { kind: 'passed', ran: true };
  if (onMerge.failure.class !== 'verify') return { kind: 'red', failure: onMerge.failure };
  const onWork = await check(commits.work);
  if (!onWork.ok) return { kind: 'unknown' };
  return {
    kind: 'red',
    failure: {
      ...onMerge.failure,
      message: `The check \`${command.join(' ')}\` passes on the task's own work, and fails once that is merged with what others merged meanwhile.`,
    },
  };
}

async function treeOf(mirror: Mirror, commit: string): Promise<string> {
  return (await inMirror(mirror, ['rev-parse', `${commit}^{tree}`])).stdout.trim();
}
