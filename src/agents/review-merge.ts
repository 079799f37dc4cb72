import { changedFiles } from '../git/changed-files.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { findPrevented, type PreventedConflict } from '../storage/prevented-conflict-store.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

export interface MergeReview {
  /** Null when that is not known. */
  readonly files: readonly string[] | null;
  readonly prevented: readonly PreventedConflict[];
}

/**
 * What a merge has changed, and the conflicts that were prevented because its task began late enough. The
 * merge is on the branch already: what cannot be found out is not counted, and costs nobody the task.
 */
export async function reviewMerge(
  { database, workspaces, log }: Pick<TaskRunnerDeps, 'database' | 'workspaces' | 'log'>,
  { run, task }: Pick<ClaimedTask, 'run' | 'task'>,
  mergeCommit: string | null,
): Promise<MergeReview> {
  const nothing = { files: null, prevented: [] };
  if (mergeCommit === null || run.repository === null) return nothing;
  try {
    const mirror = await workspaces.mirrors.open(run.repository);
    const files = await changedFiles(mirror, mergeCommit);
    const subject = { runId: run.id, task: task.spec };
    const prevented =
      task.spec.scope.length === 0 ? [] : await findPrevented(database.db, subject, files);
    return { files, prevented };
  } catch (error) {
    log.warn({ err: error, mergeCommit }, 'what a merge has changed could not be found out');
    return nothing;
  }
}
