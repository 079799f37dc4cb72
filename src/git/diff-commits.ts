import { fetchCommit } from './fetch-commit.ts';
import { inMirror, type Mirror } from './mirror.ts';

/** Bytes of a diff that are shown; the whole is in the repository. */
const maxDiff = 64 * 1024;

export interface CommitDiff {
  /** One line per file, as `git diff --stat` prints it. */
  readonly stat: string;
  readonly patch: string;
  /** Whether the patch was cut. */
  readonly truncated: boolean;
}

/**
 * What saved work changed.
 *
 * @throws AuroraError `git-failed` when origin has lost one of the commits
 */
export async function diffCommits(mirror: Mirror, base: string, work: string): Promise<CommitDiff> {
  await fetchCommit(mirror, base);
  await fetchCommit(mirror, work);
  const diff = ['diff', '--no-color', '--no-ext-diff', '--no-textconv', '--find-renames'];
  const [stat, patch] = await Promise.all([
    inMirror(mirror, [...diff, '--stat=100', '--stat-count=200', base, work, '--']),
    inMirror(mirror, [...diff, base, work, '--'], { enough: 4 * maxDiff }),
  ]);
  return {
    stat: stat.stdout.slice(0, maxDiff),
    patch: patch.stdout.slice(0, maxDiff),
    truncated: patch.stdout.length > maxDiff,
  };
}
