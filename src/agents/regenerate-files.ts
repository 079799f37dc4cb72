import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commitTree } from '../git/commit-tree.ts';
import type { ResolveOptions } from '../git/resolve-conflicts.ts';
import { packageManagerOf } from '../merging/lock-files.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { Reach } from './reach.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { runVerify } from './verify.ts';
import { withWorktree } from './with-worktree.ts';

/**
 * Has package managers make conflicted lock files anew, each in its own folder, from the manifests of the
 * merge. They find the file with both sides, or with the branch's where they cannot read that.
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
  { mirror, tree, head, files }: Parameters<NonNullable<ResolveOptions['regenerate']>>[0],
): Promise<ReadonlyMap<string, string> | undefined> {
  const commit = await commitTree(mirror, tree, head);
  return withWorktree(workspaces, mirror, fence, commit, signal, async (directory) => {
    const texts = new Map<string, string>();
    for (const { path: file, text: ofBranch } of files) {
      const manager = packageManagerOf(file, ofBranch);
      if (manager === undefined) return undefined;
      const { command, readsConflicts = false } = manager;
      const full = path.join(directory, file);
      if (!readsConflicts) await writeFile(full, ofBranch);
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
