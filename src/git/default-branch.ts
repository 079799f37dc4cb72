export interface BranchHead {
  readonly branch: string;
  readonly commit: string;
}

/**
 * The branch to work from when HEAD names one that does not exist: `main`, `master`, or the only
 * one there is.
 */
export function fallbackBranch(heads: readonly BranchHead[]): BranchHead | undefined {
  return (
    heads.find((head) => head.branch === 'main') ??
    heads.find((head) => head.branch === 'master') ??
    (heads.length === 1 ? heads[0] : undefined)
  );
}

/** The sentence for a repository whose HEAD leads nowhere. */
export function noCommitSentence(heads: readonly BranchHead[]): string {
  if (heads.length === 0) {
    return 'it has no commit yet; make a first commit (git commit --allow-empty -m "First commit") and push it if it is a remote';
  }
  const names = heads.slice(0, 10).map((head) => head.branch);
  return `its HEAD names a branch that does not exist, and it is not clear which of ${names.join(', ')} is meant; set it with git symbolic-ref HEAD refs/heads/BRANCH`;
}
