import { inMirror, type Mirror } from './mirror.ts';
import { branchRef } from './refs.ts';

/**
 * Publishes a branch in another repository than origin, forward only.
 *
 * @param options.remote its URL, with whatever credentials git has for it
 * @throws AuroraError `git-failed` when it refuses, or holds something else under that name
 */
export async function pushBranch(
  mirror: Mirror,
  {
    remote,
    branch,
    commit,
  }: { readonly remote: string; readonly branch: string; readonly commit: string },
): Promise<void> {
  await inMirror(mirror, ['push', '--quiet', '--', remote, `${commit}:${branchRef(branch)}`]);
}
