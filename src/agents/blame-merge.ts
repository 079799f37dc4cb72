import type { MergedTask } from '../domain/merge-clash.ts';
import { listBranchMerges } from '../git/branch-merges.ts';
import { commitTree } from '../git/commit-tree.ts';
import { mergeTrees } from '../git/merge-tree.ts';
import type { Mirror } from '../git/mirror.ts';

/** Checks that halving may cost, before two of the branch itself; that is enough for 64 merges. */
const maxChecks = 6;

export interface Blame {
  /** The merge with which the check turns red; several, oldest first, when checks ran out. */
  readonly others: readonly MergedTask[];
  /** The check is red on the branch itself since that merge, whatever this work does. */
  readonly isOthersAlone: boolean;
}

/**
 * Finds with whose work a task's own makes its check red. The check is green on the work alone and red
 * on its merge with the branch's head: somewhere between, merging with one more task turns it red, which
 * halving finds.
 *
 * @param isGreen runs the check on a commit
 * @throws what `isGreen` throws
 */
export async function blameMerge(
  mirror: Mirror,
  { head, work }: { readonly head: string; readonly work: string },
  isGreen: (commit: string) => Promise<boolean>,
): Promise<Blame> {
  const merges = await listBranchMerges(mirror, { head, work });
  const known = new Map<string, boolean>();
  const isGreenOnce = async (commit: string, tree: string) => {
    const before = known.get(tree);
    if (before !== undefined) return before;
    const green = await isGreen(commit);
    known.set(tree, green);
    return green;
  };
  // The last is the head, which is red.
  let [first, last] = [0, merges.length - 1];
  while (first < last && known.size < maxChecks) {
    const middle = Math.floor((first + last) / 2);
    const merged = await mergeTrees(mirror, (merges[middle] as MergedTask).commit, work);
    // With a conflict nothing can be checked there: that merge stays among those between.
    if (merged.kind === 'conflict') break;
    const commit = await commitTree(mirror, merged.tree, work);
    if (await isGreenOnce(commit, merged.tree)) first = middle + 1;
    else last = middle;
  }
  const others = merges.slice(first, last + 1);
  const [found] = others;
  if (found === undefined || others.length > 1) return { others, isOthersAlone: false };
  const isOthersAlone = !(await isGreen(found.commit)) && (await isGreen(`${found.commit}^`));
  return { others, isOthersAlone };
}

/** The names of tasks, for a sentence. */
export function nameTasks(merges: readonly MergedTask[]): string {
  const names = [...new Set(merges.map(({ taskId }) => `"${taskId}"`))];
  if (names.length === 0) return 'others';
  const shown = names.slice(0, 5);
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
