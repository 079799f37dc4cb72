import type { ClashBrief } from '../domain/merge-clash.ts';
import { AuroraError } from '../domain/errors.ts';
import { briefClash } from '../git/brief-clash.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { findOpenClash } from '../storage/clash-store.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/**
 * The clash that an attempt has to settle: its task's work is there, and could not be merged. Null when
 * it starts afresh, also when the repository has lost that work.
 */
export async function openClash(
  { database, workspaces, log }: Pick<TaskRunnerDeps, 'database' | 'workspaces' | 'log'>,
  { run, task, attempt }: ClaimedTask,
): Promise<ClashBrief | null> {
  if (attempt === 1 || run.repository === null || task.resumeCommit !== null) return null;
  const clash = await findOpenClash(database.db, run.id, task.id);
  if (clash === null) return null;
  const mirror = await workspaces.mirrors.open(run.repository);
  try {
    return await briefClash(mirror, clash);
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'git-failed') throw error;
    log.warn({ err: error }, 'the work to be merged is gone; it is done anew');
    return null;
  }
}
