import type { Mirror } from '../git/mirror.ts';
import { discardWorktree } from '../git/remove-worktree.ts';
import { createWorktree } from '../git/worktree.ts';
import { worktreeDirectory } from '../git/worktree-janitor.ts';
import type { Fence } from '../storage/attempt-store.ts';
import { removeRunFolder, type WorkspaceOptions } from './workspace.ts';

/**
 * Lends a fresh worktree of a commit, whose contents nobody needs afterwards. An attempt has one at a time,
 * in the place of its own, which is gone by then.
 *
 * @throws AuroraError `git-failed`, `disk-full`; what `use` throws
 */
export async function withWorktree<T>(
  { worktreesRoot }: Pick<WorkspaceOptions, 'worktreesRoot'>,
  mirror: Mirror,
  fence: Fence,
  commit: string,
  signal: AbortSignal,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = worktreeDirectory(worktreesRoot, fence);
  const worktree = await createWorktree(mirror, { directory, commit, signal });
  try {
    return await use(directory);
  } finally {
    await discardWorktree(worktree);
    await removeRunFolder(directory);
  }
}
