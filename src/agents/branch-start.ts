import { gatherMerges } from '../git/gather-merges.ts';
import type { BranchStart } from '../git/integration-branch.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { listMerges } from '../storage/task-store.ts';
import { speakForAttempt } from './speak-for-attempt.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/**
 * Where the branch of a run begins when it is not there: at the run's base before anything was merged;
 * after that somebody has deleted it or forced it elsewhere, and it is restored with all that the record
 * says was merged.
 */
export function branchStart(
  deps: TaskRunnerDeps,
  { run, task }: ClaimedTask,
  fence: Fence,
): BranchStart {
  return async (mirror, branch, head) => {
    const merges = await listMerges(deps.database.db, run.id);
    if (merges.length === 0) return head ?? (run.baseCommit as string);
    const commit = await gatherMerges(mirror, branch, merges, head);
    const why = head === undefined ? 'was gone from the repository' : 'had lost merged work';
    const stage = `restored the branch ${branch}, which ${why}, at ${commit}`;
    deps.log.warn({ branch, commit }, stage);
    const speaker = { ...fence, agent: task.agent, projectId: run.projectId };
    await speakForAttempt(deps, speaker, { type: 'TASK_PROGRESS', payload: { stage } });
    return commit;
  };
}
