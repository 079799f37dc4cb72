import type { ClashBrief, RecordedClash } from '../domain/merge-clash.ts';
import { diffCommits } from './diff-commits.ts';
import { fetchCommit } from './fetch-commit.ts';
import { inMirror, type Mirror } from './mirror.ts';

/**
 * Adds to a clash what each side changed.
 *
 * @throws AuroraError `git-failed` when origin has lost one of the commits
 */
export async function briefClash(mirror: Mirror, clash: RecordedClash): Promise<ClashBrief> {
  const { head, own, others } = clash;
  await fetchCommit(mirror, head);
  await fetchCommit(mirror, own.commit);
  const fork = (await inMirror(mirror, ['merge-base', head, own.commit])).stdout.trim();
  const diff = async (base: string, commit: string) =>
    (await diffCommits(mirror, base, commit)).patch;
  return {
    ...clash,
    own: { ...own, diff: await diff(fork, own.commit) },
    others: await Promise.all(
      others.map(async (side) => ({ ...side, diff: await diff(`${side.commit}^`, side.commit) })),
    ),
  };
}
