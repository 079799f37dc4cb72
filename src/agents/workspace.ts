import { mkdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { formatCommitMessage } from '../git/commit-message.ts';
import { fetchCommit } from '../git/fetch-commit.ts';
import { ensureIntegrationBranch, type BranchStart } from '../git/integration-branch.ts';
import type { MirrorCache } from '../git/mirror-cache.ts';
import { workRef, type AttemptKey } from '../git/refs.ts';
import { removeWorktree } from '../git/remove-worktree.ts';
import { saveWork } from '../git/save-work.ts';
import { listUnsettled, resumeMerge, startMerge } from '../git/start-merge.ts';
import { touchedFiles } from '../git/touched-files.ts';
import { createWorktree } from '../git/worktree.ts';
import { worktreeDirectory } from '../git/worktree-janitor.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';

/** Where an attempt works. */
export interface Workspace {
  readonly directory: string;
  readonly baseCommit: string | null;
  /** The files of the merge that the attempt has to finish which nobody has settled yet. */
  unsettled(): Promise<readonly string[]>;
  /** The files that it has changed so far. */
  touched(): Promise<readonly string[]>;
  /** Where git keeps what the folder is a worktree of; null without a repository. */
  readonly mirrorDirectory: string | null;
  /** Commits what changed and keeps it in origin; null when nothing did. */
  save(title: string): Promise<string | null>;
  /** Removes the folder; refuses while there is unsaved work in it. */
  remove(): Promise<void>;
}

export interface WorkspaceOptions {
  readonly mirrors: MirrorCache;
  readonly worktreesRoot: string;
}

/** Aurora's own folder. */
export function dataDirectory({ worktreesRoot }: Pick<WorkspaceOptions, 'worktreesRoot'>): string {
  return path.dirname(worktreesRoot);
}

/** Where an attempt's executor keeps what is no part of the work; the janitor looks there. */
export function privateRoot(options: Pick<WorkspaceOptions, 'worktreesRoot'>): string {
  return path.join(dataDirectory(options), 'attempts');
}

/**
 * A worktree of the run's integration branch, or an empty folder for a run without a repository.
 *
 * @param options.startAt where that branch begins should it not be there; at the run's base by default
 * @param options.mergeOf earlier work whose merge into that branch is begun there, for the attempt to finish
 */
export async function openWorkspace(
  { mirrors, worktreesRoot }: WorkspaceOptions,
  claimed: ClaimedTask,
  key: AttemptKey,
  {
    mergeOf = null,
    startAt = () => Promise.resolve(claimed.run.baseCommit as string),
  }: { readonly mergeOf?: string | null; readonly startAt?: BranchStart } = {},
): Promise<Workspace> {
  const { run, task } = claimed;
  const directory = worktreeDirectory(worktreesRoot, key);
  if (run.repository === null || run.baseCommit === null) return openScratch(directory);
  const mirror = await mirrors.open(run.repository);
  // Somebody may have forced the branch elsewhere: without what it depends on the task cannot be done.
  const holds = claimed.dependencies.flatMap(({ mergeCommit }) => mergeCommit ?? []);
  const { head } = await ensureIntegrationBranch(mirror, { runId: run.id, startAt, holds });
  const { resumeCommit } = task;
  // What an attempt had done when it asked; another machine may have saved it.
  if (resumeCommit !== null) await fetchCommit(mirror, resumeCommit);
  const commit = resumeCommit ?? head;
  if (mergeOf !== null) await fetchCommit(mirror, mergeOf);
  const worktree = await createWorktree(mirror, { directory, commit });
  const merge =
    mergeOf === null ? await resumeMerge(worktree, head) : await startMerge(worktree, mergeOf);
  return {
    directory,
    baseCommit: commit,
    unsettled: () => listUnsettled(worktree, merge),
    touched: () => touchedFiles(worktree, head),
    mirrorDirectory: mirror.directory,
    async save(title) {
      const message = formatCommitMessage({
        title,
        runId: run.id,
        taskId: task.id,
        requirements: task.spec.requirements,
      });
      const saved = await saveWork(worktree, { message, ref: workRef(key) });
      return saved.changed ? saved.commit : resumeCommit;
    },
    async remove() {
      await removeWorktree(worktree);
      await removeRunFolder(directory);
    },
  };
}

/** The run's folder goes with its last attempt's. */
export async function removeRunFolder(attemptDirectory: string): Promise<void> {
  try {
    await rmdir(path.dirname(attemptDirectory));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}

async function openScratch(directory: string): Promise<Workspace> {
  await mkdir(directory, { recursive: true });
  return {
    directory,
    baseCommit: null,
    unsettled: () => Promise.resolve([]),
    touched: () => Promise.resolve([]),
    mirrorDirectory: null,
    save: () => Promise.resolve(null),
    async remove() {
      await rm(directory, { recursive: true, force: true });
      await removeRunFolder(directory);
    },
  };
}
