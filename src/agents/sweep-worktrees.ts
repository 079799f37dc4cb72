import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../domain/logger.ts';
import type { AttemptKey } from '../git/refs.ts';
import { stopProcessesOf } from '../git/stop-processes-of.ts';
import { sweepWorktrees } from '../git/worktree-janitor.ts';
import { recordUsage, type Usage } from '../storage/attempt-store.ts';
import type { Database } from '../storage/database.ts';
import { findRepository } from '../storage/run-store.ts';
import { isAttemptInUse } from './attempt-in-use.ts';
import { readReportedUsage } from './executors/result-file.ts';
import { privateRoot, removeRunFolder, type WorkspaceOptions } from './workspace.ts';

/**
 * Cleans up after attempts of this machine whose process died, or that left their folder behind: what
 * they had written is committed and kept in the repository, then the worktrees are removed.
 */
export async function sweepDeadAttempts(
  options: WorkspaceOptions,
  { db }: Database,
  log: Logger,
): Promise<void> {
  const { mirrors, worktreesRoot } = options;
  const isInUse = (attempt: AttemptKey) => isAttemptInUse(db, attempt);
  /** What a program that outlived its worker has reported to nobody. */
  const keepUsage = async (attempt: AttemptKey, directory: string) => {
    const usage = await readReportedUsage(directory);
    if (usage !== undefined) await recordUsage(db, attempt, usage as Usage);
  };
  const privateFolders = privateRoot(options);
  for (const runId of await listFolder(privateFolders)) {
    await sweepScratch(path.join(privateFolders, runId), runId, isInUse, log, keepUsage);
  }
  const repositories = new Set<string>();
  for (const runId of await listFolder(worktreesRoot)) {
    const repository = await findRepository(db, runId);
    if (repository !== null) repositories.add(repository);
    else await sweepScratch(path.join(worktreesRoot, runId), runId, isInUse, log);
  }
  for (const repository of repositories) {
    const mirror = await mirrors.open(repository);
    const swept = await sweepWorktrees(mirror, { root: worktreesRoot, isAlive: isInUse });
    for (const each of swept) log.warn({ ...each }, 'cleaned up after a dead attempt');
  }
}

/**
 * Executors' own folders, and those of attempts of a run without a repository: nothing in them
 * outlives the attempt.
 */
async function sweepScratch(
  folder: string,
  runId: string,
  isInUse: (attempt: AttemptKey) => Promise<boolean>,
  log: Logger,
  beforeRemoval?: (attempt: AttemptKey, directory: string) => Promise<void>,
): Promise<void> {
  for (const name of await listFolder(folder)) {
    const [, taskId, epoch] = /^(.+)-(\d+)$/.exec(name) ?? [];
    if (taskId === undefined) continue;
    const attempt = { runId, taskId, epoch: Number(epoch) };
    if (await isInUse(attempt)) continue;
    const directory = path.join(folder, name);
    await stopProcessesOf(attempt, directory);
    await beforeRemoval?.(attempt, directory);
    await rm(directory, { recursive: true, force: true });
    await removeRunFolder(directory);
    log.warn({ ...attempt, directory }, 'cleaned up after a dead attempt');
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
