import { inWorktree, type Worktree } from './worktree.ts';

/**
 * The files in which a worktree differs from the branch that it started from, committed or not, new
 * ones too unless they are ignored. Nothing is written, so that nobody who works there is disturbed.
 *
 * @param head of that branch
 * @throws AuroraError `git-failed`, as when there is no repository any more
 */
export async function touchedFiles(worktree: Worktree, head: string): Promise<string[]> {
  const options = { env: { GIT_OPTIONAL_LOCKS: '0' } };
  // What is inside of submodules is not looked at: their settings are the agent's.
  const how = ['--name-only', '-z', '--no-renames', '--ignore-submodules=dirty'];
  const answers = await Promise.all([
    inWorktree(worktree, ['diff', ...how, '--merge-base', head, '--'], options),
    inWorktree(worktree, ['ls-files', '--others', '--exclude-standard', '-z'], options),
  ]);
  const names = answers.flatMap(({ stdout }) => stdout.split('\0'));
  return [...new Set(names)].filter((name) => name !== '').sort();
}
