import { isAbsolute } from 'node:path';
import { AuroraError } from '../domain/errors.ts';
import { assertBranchName } from './branch-name.ts';
import { fetchCommit } from './fetch-commit.ts';
import { git } from './git.ts';
import type { Mirror } from './mirror.ts';
import { pushRefs } from './push-refs.ts';
import { branchRef } from './refs.ts';
import { readRemoteRef } from './remote.ts';
import { isAncestor } from './is-ancestor.ts';

/** Tries against others who move the same branch. */
const maxTries = 5;

/**
 * Moves a branch of origin forward to a commit, or makes it there; never back or aside. Where the branch
 * is checked out in a folder of this machine, the folder follows, unless changes in it are in the way.
 *
 * @returns whether it had to be moved
 * @throws AuroraError `delivery-refused` when it holds commits that the new one does not; as `pushRefs`
 */
export async function forwardBranch(
  mirror: Mirror,
  { branch, commit }: { readonly branch: string; readonly commit: string },
): Promise<'moved' | 'there already'> {
  const { url, environment } = mirror;
  const ref = branchRef(branch);
  await assertBranchName(branch, environment);
  for (let tries = 0; tries < maxTries; tries++) {
    const current = await readRemoteRef(url, ref, { environment });
    if (current !== undefined) {
      await fetchCommit(mirror, current);
      if (await isAncestor(mirror, commit, current)) return 'there already';
      if (!(await isAncestor(mirror, current, commit))) {
        throw new AuroraError(
          'delivery-refused',
          `The branch ${branch} of ${url} holds commits that the run's work does not (it is at ${current.slice(0, 10)}). Merge them by hand, or deliver to a new branch or as a pull request.`,
        );
      }
      if (await isCheckedOut(mirror, branch)) {
        await git(['merge', '--ff-only', '--quiet', commit], { cwd: url, environment });
        return 'moved';
      }
    }
    const change = { ref, expected: current ?? null, commit };
    if ((await pushRefs(mirror, [change])) === 'pushed') return 'moved';
  }
  throw new AuroraError(
    'git-failed',
    `The branch ${branch} of ${url} was moved by others ${maxTries} times; retry later.`,
  );
}

/** Whether origin is a folder of this machine that works on this branch: git refuses pushes to it. */
async function isCheckedOut({ url, environment }: Mirror, branch: string): Promise<boolean> {
  if (!isAbsolute(url)) return false;
  const options = { cwd: url, environment };
  const bare = await git(['rev-parse', '--is-bare-repository'], options);
  if (bare.stdout.trim() === 'true') return false;
  const head = await git(['symbolic-ref', '--quiet', 'HEAD'], { ...options, exitCodes: [0, 1] });
  return head.stdout.trim() === branchRef(branch);
}
