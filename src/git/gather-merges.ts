import { AuroraError } from '../domain/errors.ts';
import { fetchCommit } from './fetch-commit.ts';
import { isAncestor } from './is-ancestor.ts';
import { mergeTrees } from './merge-tree.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { readTrees } from './read-trees.ts';

/** Whether a commit holds all of some merges. What the mirror does not have is in no commit that it has. */
export async function holdsMerges(
  mirror: Mirror,
  head: string,
  merges: readonly string[],
): Promise<boolean> {
  if (merges.length === 0) return true;
  if ((await readTrees(mirror, merges)).includes(undefined)) return false;
  return (await lastBeyond(mirror, merges, [head])) === undefined;
}

/**
 * A commit that holds all merges which a branch has ever got, and its head: the one of them that
 * does, or else a merge of those that do not hold each other.
 *
 * @param head of the branch; undefined when it is gone
 * @throws AuroraError `merges-lost` when one of them is nowhere any more, or conflicts with the head;
 *   `repository-unavailable` and `disk-full`, which are no word on that
 */
export async function gatherMerges(
  mirror: Mirror,
  branch: string,
  merges: readonly string[],
  head: string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const trees = await readTrees(mirror, merges);
  for (const commit of merges.filter((_, index) => trees[index] === undefined)) {
    await fetchCommit(mirror, commit, signal).catch((error: unknown) => {
      // Whether a host that is away still has it, nobody knows.
      if (!(error instanceof AuroraError) || error.code !== 'git-failed') throw error;
      throw lost(mirror, branch, commit, 'is nowhere to be found', error);
    });
  }
  let gathered = head;
  for (;;) {
    const beyond = await lastBeyond(mirror, merges, gathered === undefined ? [] : [gathered]);
    if (beyond === undefined) return gathered as string;
    const isForward = gathered === undefined || (await isAncestor(mirror, gathered, beyond));
    gathered = isForward ? beyond : await join(mirror, branch, gathered as string, beyond);
  }
}

/** The last of some commits that is not in the history of others. */
async function lastBeyond(
  mirror: Mirror,
  commits: readonly string[],
  held: readonly string[],
): Promise<string | undefined> {
  const args = ['rev-list', '--topo-order', '--max-count=1', '--stdin'];
  const input = [...commits, ...held.map((commit) => `^${commit}`), ''].join('\n');
  const { stdout } = await inMirror(mirror, args, { input });
  return stdout.trim() || undefined;
}

async function join(mirror: Mirror, branch: string, head: string, commit: string): Promise<string> {
  const merged = await mergeTrees(mirror, head, commit);
  if (merged.kind === 'conflict') {
    throw lost(mirror, branch, commit, `conflicts with what is there now (${head.slice(0, 10)})`);
  }
  const args = ['commit-tree', merged.tree, '-p', head, '-p', commit, '-F', '-'];
  const input = `Bring back what ${branch} held before it was forced elsewhere\n`;
  return (await inMirror(mirror, args, { input })).stdout.trim();
}

function lost(
  { url }: Mirror,
  branch: string,
  commit: string,
  why: string,
  cause?: unknown,
): AuroraError {
  return new AuroraError(
    'merges-lost',
    `Somebody has removed the branch ${branch} of ${url} or forced it elsewhere, and ${commit}, which was merged into it, ${why}. Push that branch so that it holds it and retry, or abort the run.`,
    cause === undefined ? {} : { cause },
  );
}
