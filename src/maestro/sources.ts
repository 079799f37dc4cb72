import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeWorktree } from '../git/remove-worktree.ts';
import type { Mirror } from '../git/mirror.ts';
import { createWorktree } from '../git/worktree.ts';

/** Lends the files of a repository, as of a commit, to `use`. */
export async function withSources<T>(
  mirror: Mirror,
  commit: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const parent = await mkdtemp(path.join(tmpdir(), 'aurora-plan-'));
  try {
    const worktree = await createWorktree(mirror, {
      directory: path.join(parent, 'sources'),
      commit,
    });
    try {
      return await use(worktree.directory);
    } finally {
      await removeWorktree(worktree);
    }
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}
