import { readdir } from 'node:fs/promises';
import type { Logger } from '../domain/logger.ts';
import { sweepWorktrees } from '../git/worktree-janitor.ts';
import type { Database } from '../storage/database.ts';
import { isAlive } from '../storage/local-server/process-mark.ts';
import { findRepository } from '../storage/run-store.ts';
import { findAttemptWorker } from '../storage/worker-store.ts';
import type { WorkspaceOptions } from './workspace.ts';

/**
 * Cleans up after workers of this machine that died: what their attempts had written is committed
 * and kept in the repository, then the worktrees are removed.
 */
export async function sweepDeadAttempts(
  { mirrors, worktreesRoot }: WorkspaceOptions,
  { db }: Database,
  log: Logger,
): Promise<void> {
  const left = await readdir(worktreesRoot).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const repositories = new Set<string>();
  for (const runId of left) {
    const repository = await findRepository(db, runId);
    if (repository !== null) repositories.add(repository);
  }
  for (const repository of repositories) {
    const swept = await sweepWorktrees(await mirrors.open(repository), {
      root: worktreesRoot,
      async isAlive(attempt) {
        const worker = await findAttemptWorker(db, attempt);
        // An attempt that this record does not know is somebody else's.
        return worker === undefined || (await isAlive(worker.process));
      },
    });
    for (const each of swept) log.warn({ ...each }, 'cleaned up after a dead attempt');
  }
}
