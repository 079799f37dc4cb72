import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inWorktree, type Worktree } from './worktree.ts';

/** A merge that was begun in a worktree, for an agent to finish. */
export interface StartedMerge {
  /**
   * The conflicted files, and what git left of each in the folder; null where it left nothing. Names are
   * in bytes (latin1), as they may be no UTF-8.
   */
  readonly left: ReadonlyMap<string, string | null>;
}

const encoding = 'latin1';
const settings = ['merge.conflictStyle=diff3', 'rerere.enabled=false'].flatMap((each) => [
  '-c',
  each,
]);

/**
 * Merges a commit into a worktree without committing: conflicted files hold markers with both sides and
 * their base, and git knows that a merge is under way, so that whoever works there has all of git's
 * own means to settle it. The next commit is the merge.
 *
 * @throws AuroraError `git-failed`, `disk-full`
 */
export async function startMerge(worktree: Worktree, commit: string): Promise<StartedMerge> {
  const args = [...settings, 'merge', '--quiet', '--no-ff', '--no-commit', '--no-verify', commit];
  // 1: conflicts.
  await inWorktree(worktree, args, { exitCodes: [0, 1] });
  const left = new Map<string, string | null>();
  for (const path of await unmergedPaths(worktree)) left.set(path, await contentOf(worktree, path));
  return { left };
}

/**
 * What a worktree that starts from unfinished work has to settle: the files in which that work holds
 * conflict markers that the branch does not, because it was to finish a merge itself.
 */
export async function resumeMerge(worktree: Worktree, head: string): Promise<StartedMerge> {
  if (worktree.base === head) return { left: new Map() };
  const args = ['diff', '--name-only', '-z', '--no-renames', '-G^<{7} ', head, worktree.base, '--'];
  const { stdout } = await inWorktree(worktree, args, { encoding });
  const paths = stdout.split('\0').filter((path) => path !== '');
  return { left: new Map(paths.map((path) => [path, null])) };
}

/**
 * The files of a merge that nobody has settled: they hold conflict markers, or are as git left them and
 * were not declared settled (`git add`, or a commit) either.
 */
export async function listUnsettled(worktree: Worktree, { left }: StartedMerge): Promise<string[]> {
  if (left.size === 0) return [];
  const unmerged = new Set(await unmergedPaths(worktree));
  const unsettled: string[] = [];
  for (const [path, before] of left) {
    const now = await contentOf(worktree, path);
    const isUntouched = unmerged.has(path) && now === before;
    if (isUntouched || (now !== null && markers.test(now))) {
      unsettled.push(Buffer.from(path, encoding).toString());
    }
  }
  return unsettled;
}

const markers = /^<{7} [\s\S]*^={7}\r?$[\s\S]*^>{7} /m;

async function unmergedPaths(worktree: Worktree): Promise<string[]> {
  const { stdout } = await inWorktree(worktree, ['ls-files', '--unmerged', '-z'], { encoding });
  const paths = stdout.split('\0').map((line) => line.slice(line.indexOf('\t') + 1));
  return [...new Set(paths.filter((path) => path !== ''))];
}

/** What is at a path, byte by byte; null for a folder, a submodule, or nothing. */
async function contentOf({ directory }: Worktree, path: string): Promise<string | null> {
  const full = Buffer.concat([Buffer.from(join(directory, '/')), Buffer.from(path, encoding)]);
  const found = await lstat(full).catch(() => undefined);
  if (found?.isSymbolicLink()) return readlink(full);
  return found?.isFile() ? readFile(full, encoding) : null;
}
