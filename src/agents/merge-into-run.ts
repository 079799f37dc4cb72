import { integrationBranch } from '../domain/run.ts';
import { formatCommitMessage } from '../git/commit-message.ts';
import { ensureIntegrationBranch, type BranchStart } from '../git/integration-branch.ts';
import { mergeWork, type PreparedMerge } from '../git/merge-work.ts';
import { inMirror, type Mirror } from '../git/mirror.ts';
import { moveWork } from '../git/move-work.ts';
import { workRef } from '../git/refs.ts';
import type { ResolveOptions } from '../git/resolve-conflicts.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { WorkspaceOptions } from './workspace.ts';

export type MergedWork =
  | { readonly kind: 'merged'; readonly mergeCommit: string }
  | Extract<PreparedMerge, { kind: 'conflict' }>;

/**
 * Merges committed work into the run's integration branch. `beforePublish` runs before anything is
 * visible and throws when the attempt is no longer ours; one whose work another one has taken over
 * since then cannot publish any more. Work that is there already, because
 * somebody died between publishing and recording it, is not merged again.
 */
export async function mergeIntoRun(
  { mirrors }: WorkspaceOptions,
  { run, task, epoch }: Pick<ClaimedTask, 'run' | 'task' | 'epoch'>,
  work: string,
  options: {
    readonly resolve?: ResolveOptions;
    /** Where the branch begins again should it be gone. */
    readonly startAt?: BranchStart;
    readonly beforePublish: (
      mirror: Mirror,
      prepared: PreparedMerge & { readonly kind: 'merge' },
    ) => Promise<void>;
  },
): Promise<MergedWork> {
  const mirror = await mirrors.open(run.repository as string);
  const branch = integrationBranch(run.id);
  const message = formatCommitMessage({
    title: `Merge ${task.id}: ${task.spec.title}`,
    runId: run.id,
    taskId: task.id,
    requirements: task.spec.requirements,
  });
  const key = { runId: run.id, taskId: task.id, epoch };
  const isOwn = task.workCommit === null && work !== task.resumeCommit;
  if (!isOwn) await moveWork(mirror, work, key);
  const { resolve, startAt } = options;
  const restore = async (start: BranchStart) =>
    (await ensureIntegrationBranch(mirror, { runId: run.id, startAt: start })).head;
  const merged = await mergeWork(mirror, {
    ...{ branch, work, message, ticket: workRef(key) },
    ...(resolve === undefined ? {} : { resolve }),
    ...(startAt === undefined ? {} : { restore: () => restore(startAt) }),
    beforePublish: (prepared) => options.beforePublish(mirror, prepared),
  });
  switch (merged.kind) {
    case 'conflict':
      return merged;
    case 'merge':
      return { kind: 'merged', mergeCommit: merged.mergeCommit };
    case 'already-merged':
      return { kind: 'merged', mergeCommit: await findMerge(mirror, merged.head, work) };
  }
}

/** The first commit of the branch itself that contains the work. */
async function findMerge(mirror: Mirror, head: string, work: string): Promise<string> {
  const args = ['rev-list', '--first-parent', '--ancestry-path', head, `^${work}`];
  const { stdout } = await inMirror(mirror, args);
  return stdout.trim().split('\n').at(-1) || work;
}
