import type { MergedTask } from '../domain/merge-clash.ts';
import { inMirror, type Mirror } from './mirror.ts';

/**
 * The merges that a branch has got since it and some work parted, oldest first, with the task that each
 * names in its trailer; commits without one are somebody else's and are left out.
 *
 * @param paths only those that changed one of these files
 */
export async function listBranchMerges(
  mirror: Mirror,
  { head, work, paths = [] }: { head: string; work: string; paths?: readonly string[] },
): Promise<MergedTask[]> {
  const format = '--format=%H %(trailers:key=Aurora-Task,valueonly,separator=%x20)';
  // Along the first parents a merge counts for what it brought to the branch.
  const args = ['log', '--first-parent', '--reverse', format];
  const literal = paths.map((path) => `:(literal)${path}`);
  // Where they parted, by name: a bound that is only reached counts as no parent when paths are given.
  const fork = (await inMirror(mirror, ['merge-base', head, work])).stdout.trim();
  const { stdout } = await inMirror(mirror, [...args, head, `^${fork}`, '--', ...literal]);
  return stdout.split('\n').flatMap((line) => {
    const [commit, taskId] = line.split(' ');
    return commit && taskId ? [{ taskId, commit }] : [];
  });
}
