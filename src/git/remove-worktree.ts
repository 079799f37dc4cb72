import { rm, stat } from 'node:fs/promises';
import { AuroraError } from '../domain/errors.ts';
import { inMirror } from './mirror.ts';
import { removeTree } from './remove-tree.ts';
import { inWorktree, type Worktree } from './worktree.ts';

/**
 * Removes a worktree whose work is saved. Doing it again, or after a kill in the middle, is fine.
 *
 * @throws AuroraError `state-conflict` when there is work in it that origin does not have
 */
export async function removeWorktree(worktree: Worktree): Promise<void> {
  const { directory, administration, mirror } = worktree;
  const recorded = await isDirectory(administration);
  let agentBranch: { ref: string; commit: string } | undefined;
  if (recorded && (await isDirectory(directory))) {
    await refuseUnsaved(worktree);
    const ref = (
      await inWorktree(worktree, ['symbolic-ref', '--quiet', 'HEAD'], { exitCodes: [0, 1] })
    ).stdout.trim();
    const commit = (await inWorktree(worktree, ['rev-parse', 'HEAD'])).stdout.trim();
    if (ref !== '') agentBranch = { ref, commit };
  }
  // Not `git worktree remove` or `prune`: those look at other attempts' worktrees as well.
  await removeTree(directory);
  await rm(administration, { recursive: true, force: true });
  if (agentBranch !== undefined) {
    // The next attempt may want a branch of the same name; the commits are in origin.
    await inMirror(mirror, ['update-ref', '-d', agentBranch.ref, agentBranch.commit]);
  }
}

/** Removes a worktree that only a check ran in: what that wrote is nobody's work. */
export async function discardWorktree({ directory, administration }: Worktree): Promise<void> {
  await removeTree(directory);
  await rm(administration, { recursive: true, force: true });
}

async function refuseUnsaved(worktree: Worktree): Promise<void> {
  const { directory, base } = worktree;
  // As in touchedFiles: what is inside of submodules is not looked at.
  const how = ['--porcelain', '--untracked-files=all', '--ignore-submodules=dirty'];
  const status = await inWorktree(worktree, ['status', ...how]);
  const known = ['--not', base, '--remotes=origin', '--glob=refs/aurora'];
  const unpushed = await inWorktree(worktree, ['rev-list', '--max-count=1', 'HEAD', ...known]);
  if (status.stdout === '' && unpushed.stdout === '') return;
  const what = status.stdout === '' ? 'commits that were not pushed' : 'uncommitted changes';
  throw new AuroraError(
    'state-conflict',
    `The worktree ${directory} holds ${what}; save the work before it is removed.`,
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
