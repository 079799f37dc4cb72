import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { errorMessage } from '../domain/errors.ts';
import { formatCommitMessage } from './commit-message.ts';
import type { Mirror } from './mirror.ts';
import { type AttemptKey, refComponent, workRef } from './refs.ts';
import { removeTree } from './remove-tree.ts';
import { removeWorktree } from './remove-worktree.ts';
import { saveFiles } from './save-work.ts';
import { stopProcessesOf } from './stop-processes-of.ts';
import { baseFile, type Worktree } from './worktree.ts';
import { claimWorktree, releaseWorktree } from './worktree-claim.ts';

export interface SweptWorktree extends AttemptKey {
  readonly directory: string;
  /**
   * saved: removed after its work went to `ref` in origin. removed: there was nothing to save.
   * kept: it could not be saved or removed, for `reason`; nothing is lost.
   */
  readonly outcome: 'saved' | 'removed' | 'kept';
  readonly ref?: string;
  readonly commit?: string;
  readonly reason?: string;
}

/** The folder of an attempt's worktree; the janitor reads the attempt from it. */
export function worktreeDirectory(root: string, { runId, taskId, epoch }: AttemptKey): string {
  return join(root, refComponent(runId), `${refComponent(taskId)}-${epoch}`);
}

/**
 * Saves, then removes the worktrees of attempts that are not alive any more (their process was
 * killed), after stopping agents that still run in them. Several janitors may run at once: each worktree is claimed by renaming its folder.
 *
 * @param options.root the folder given to `worktreeDirectory`
 * @param options.isAlive whether a process still works on the attempt; asks the record
 */
export async function sweepWorktrees(
  mirror: Mirror,
  options: {
    readonly root: string;
    readonly isAlive: (attempt: AttemptKey) => boolean | Promise<boolean>;
  },
): Promise<SweptWorktree[]> {
  const swept: SweptWorktree[] = [];
  const records = join(mirror.directory, 'worktrees');
  for (const name of await readdir(records).catch(() => [])) {
    const administration = join(records, name);
    // git's own record, not the `.git` file in the worktree, which the agent could change.
    const pointer = await readFile(join(administration, 'gitdir'), 'utf8').catch(() => undefined);
    if (pointer === undefined) continue;
    const directory = dirname(pointer.trimEnd());
    const attempt = attemptOf(options.root, directory);
    if (attempt === undefined || (await options.isAlive(attempt))) continue;
    const claim = await claimWorktree(directory);
    if (claim.kind === 'taken') continue;
    const found = { ...attempt, directory };
    if (claim.kind === 'gone') {
      await rm(administration, { recursive: true, force: true });
      swept.push({ ...found, outcome: 'removed' });
      continue;
    }
    try {
      const worktree = { mirror, directory: claim.directory, administration };
      // An agent that outlived its worker would go on writing while we save.
      await stopProcessesOf(attempt, claim.directory);
      swept.push({ ...found, ...(await saveAndRemove(worktree, attempt)) });
    } catch (error) {
      swept.push({ ...found, outcome: 'kept', reason: errorMessage(error) });
    } finally {
      await releaseWorktree(claim.directory, directory);
    }
    await rmdir(dirname(directory)).catch(() => {}); // Other attempts of the run may be in it.
  }
  return swept;
}

async function saveAndRemove(
  found: Omit<Worktree, 'base'>,
  attempt: AttemptKey,
): Promise<Pick<SweptWorktree, 'outcome' | 'ref' | 'commit'>> {
  const { directory, administration } = found;
  const base = (await readFile(join(administration, baseFile), 'utf8').catch(() => '')).trim();
  if (base === '') {
    // Killed while the worktree was made: no agent has ever worked here.
    await removeTree(directory);
    await rm(administration, { recursive: true, force: true });
    return { outcome: 'removed' };
  }
  const worktree: Worktree = { ...found, base };
  const ref = workRef(attempt);
  const message = formatCommitMessage({
    title: `Unfinished work of ${attempt.taskId}`,
    body: `Saved by the janitor: the attempt's process ended before it could do so.`,
    runId: attempt.runId,
    taskId: attempt.taskId,
    requirements: [],
  });
  const { commit, changed } = await saveFiles(worktree, { message, ref });
  await removeWorktree(worktree);
  return changed ? { outcome: 'saved', ref, commit } : { outcome: 'removed' };
}

function attemptOf(root: string, directory: string): AttemptKey | undefined {
  const [runId, leaf, ...rest] = relative(root, directory).split(sep);
  const match = /^(.+)-(\d+)$/.exec(leaf ?? '');
  if (runId === undefined || runId === '..' || match === null || rest.length > 0) return undefined;
  return { runId, taskId: match[1] as string, epoch: Number(match[2]) };
}
