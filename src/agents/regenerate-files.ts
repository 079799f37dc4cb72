import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { commitTree } from '../git/commit-tree.ts';
import type { Mirror } from '../git/mirror.ts';
import { regenerateCommand } from '../merging/lock-files.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { Reach } from './reach.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { runVerify } from './verify.ts';
import { withWorktree } from './with-worktree.ts';

/**
 * Has package managers make conflicted lock files anew, each in its own folder, from the manifests of the
 * merge. They find the file with both sides or with the branch's, whichever they can read.
 *
 * @param tree holds all of the merge but these files
 * @returns the new texts; undefined when one of them could not be made
 * @throws AuroraError `git-failed`, `disk-full`
 */
export async function regenerateFiles(
  { workspaces, log }: Pick<TaskRunnerDeps, 'workspaces' | 'log'>,
  fence: Fence,
  reach: Reach,
  signal: AbortSignal,
  { mirror, tree, head, paths }: { mirror: Mirror; tree: string; head: string; paths: string[] },
): Promise<ReadonlyMap<string, string> | undefined> {
  const commit = await commitTree(mirror, tree, head);
  return withWorktree(workspaces, mirror, fence, commit, signal, async (directory) => {
    const texts = new Map<string, string>();
    for (const file of paths) {
      const command = regenerateCommand(file);
      if (command === undefined) return undefined;
      const full = path.join(directory, file);
      const made = await runVerify({
        ...{ command, attempt: fence, directory: path.dirname(full), ...reach, signal },
        onOutput: (chunk) => log.debug({ chunk }, 'a lock file is made anew'),
      });
      if (!made.ok) {
        log.warn({ file, reason: made.failure.message }, 'a lock file could not be made anew');
        return undefined;
      }
      const text = await readFile(full, 'utf8');
      if (/^(?:<{7}|>{7}) /m.test(text)) return undefined;
      texts.set(file, text);
    }
    return texts;
  });
}
