import { AuroraError, errorMessage } from '../domain/errors.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { readRemoteRef } from './remote.ts';

/**
 * Sets a ref in origin if it still has the expected commit (compare-and-swap). When the push fails,
 * origin's own state decides what has happened, not the wording of the failure.
 *
 * @param options.expected null: the ref must not exist yet
 * @returns `moved` when the ref has another commit by now
 * @throws AuroraError `branch-checked-out`, `repository-invalid`, `git-failed`, `disk-full`
 */
export async function pushRef(
  mirror: Mirror,
  options: {
    readonly ref: string;
    readonly expected: string | null;
    readonly commit: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<'pushed' | 'moved'> {
  const { ref, expected, commit, signal } = options;
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
  try {
    await inMirror(mirror, ['push', '--quiet', lease, mirror.url, `${commit}:${ref}`], { signal });
    return 'pushed';
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'git-failed') throw error;
    const words = errorMessage(error);
    if (words.includes('is currently checked out')) {
      const branch = ref.replace(/^refs\/heads\//, '');
      throw new AuroraError(
        'branch-checked-out',
        `The branch ${branch} is checked out in ${mirror.url}, and git does not let anybody push to it. Switch that folder to another branch (git switch -) and retry.`,
        { cause: error },
      );
    }
    const { environment } = mirror;
    const now = await readRemoteRef(mirror.url, ref, { environment, signal });
    if (now === commit) return 'pushed';
    if (now !== (expected ?? undefined)) return 'moved';
    if (/'refs\/heads\/[^'\n]+' exists; cannot create/.test(words)) {
      throw new AuroraError(
        'repository-invalid',
        `A branch of ${mirror.url} is in the way of ${ref}: git cannot have both "aurora" and "aurora/…". Rename that branch.`,
        { cause: error },
      );
    }
    throw error;
  }
}
