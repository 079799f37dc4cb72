import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { integrationBranch } from '../domain/run.ts';
import { formatCommitMessage } from '../git/commit-message.ts';
import { ensureIntegrationBranch } from '../git/integration-branch.ts';
import { mergeWork, type PreparedMerge } from '../git/merge-work.ts';
import type { MirrorCache } from '../git/mirror-cache.ts';
import { workRef, type AttemptKey } from '../git/refs.ts';
import { removeWorktree } from '../git/remove-worktree.ts';
import { saveWork } from '../git/save-work.ts';
import { createWorktree } from '../git/worktree.ts';
import { worktreeDirectory } from '../git/worktree-janitor.ts';
import type { ClaimedTask } from '../storage/attempt-store.ts';

/** Where an attempt works. */
export interface Workspace {
  readonly directory: string;
  readonly baseCommit: string | null;
  /** Commits what changed and keeps it in origin; null when nothing did. */
  save(title: string): Promise<string | null>;
  /** Removes the folder; refuses while there is unsaved work in it. */
  remove(): Promise<void>;
}

export interface WorkspaceOptions {
  readonly mirrors: MirrorCache;
  readonly worktreesRoot: string;
}

/** A worktree of the run's integration branch, or an empty folder for a run without a repository. */
export async function openWorkspace(
  { mirrors, worktreesRoot }: WorkspaceOptions,
  claimed: ClaimedTask,
  key: AttemptKey,
): Promise<Workspace> {
  const { run, task } = claimed;
  if (run.repository === null || run.baseCommit === null) return openScratch();
  const mirror = await mirrors.open(run.repository);
  const { head } = await ensureIntegrationBranch(mirror, {
    runId: run.id,
    baseCommit: run.baseCommit,
  });
  const directory = worktreeDirectory(worktreesRoot, key);
  const worktree = await createWorktree(mirror, { directory, commit: head });
  return {
    directory,
    baseCommit: head,
    async save(title) {
      const message = formatCommitMessage({
        title,
        runId: run.id,
        taskId: task.id,
        requirements: task.spec.requirements,
      });
      const saved = await saveWork(worktree, { message, ref: workRef(key) });
      return saved.changed ? saved.commit : null;
    },
    async remove() {
      await removeWorktree(worktree);
      // The run's folder goes with its last worktree.
      await rmdir(path.dirname(directory)).catch(ignoreNotEmpty);
    },
  };
}

function ignoreNotEmpty(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
}

async function openScratch(): Promise<Workspace> {
  const directory = await mkdtemp(path.join(tmpdir(), 'aurora-scratch-'));
  return {
    directory,
    baseCommit: null,
    save: () => Promise.resolve(null),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/**
 * Merges committed work into the run's integration branch. `beforePublish` runs before anything is
 * visible and throws when the attempt is no longer ours.
 */
export async function mergeIntoRun(
  { mirrors }: WorkspaceOptions,
  { run, task }: Pick<ClaimedTask, 'run' | 'task'>,
  work: string,
  beforePublish: () => Promise<void>,
): Promise<PreparedMerge> {
  const mirror = await mirrors.open(run.repository as string);
  const branch = integrationBranch(run.id);
  const message = formatCommitMessage({
    title: `Merge ${task.id}: ${task.spec.title}`,
    runId: run.id,
    taskId: task.id,
    requirements: task.spec.requirements,
  });
  return mergeWork(mirror, { branch, work, message, beforePublish });
}
