import { AuroraError, errorMessage } from '../domain/errors.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { listRefs } from './remote.ts';

/** What becomes of a ref in origin; null: it is not there. */
export interface RefChange {
  readonly ref: string;
  readonly expected: string | null;
  readonly commit: string | null;
}

/**
 * Changes refs in origin if each still is what is expected (compare-and-swap): all of them or none.
 * A host that does not know atomic pushes gets the first change alone. When the push fails, origin's
 * own state decides what has happened, not the wording of the failure.
 *
 * @returns `moved` when a ref is something else by now; then nothing was changed
 * @throws AuroraError `branch-checked-out`, `repository-invalid`, `repository-unavailable`, `git-failed`,
 *   `disk-full`
 */
export async function pushRefs(
  mirror: Mirror,
  changes: readonly [RefChange, ...RefChange[]],
  signal?: AbortSignal,
): Promise<'pushed' | 'moved'> {
  const leases = changes.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`);
  const specs = changes.map(({ ref, commit }) => `${commit ?? ''}:${ref}`);
  const atomic = changes.length > 1 ? ['--atomic'] : [];
  try {
    await inMirror(mirror, ['push', '--quiet', ...atomic, ...leases, mirror.url, ...specs], {
      signal,
    });
    return 'pushed';
  } catch (error) {
    // Who breaks off may have done it all the same.
    const isOpen = ['git-failed', 'repository-unavailable'];
    if (!(error instanceof AuroraError) || !isOpen.includes(error.code)) throw error;
    const words = errorMessage(error);
    if (words.includes('does not support --atomic')) {
      return pushRefs(mirror, [changes[0]], signal);
    }
    if (words.includes('is currently checked out')) {
      const branch = changes[0].ref.replace(/^refs\/heads\//, '');
      throw new AuroraError(
        'branch-checked-out',
        `The branch ${branch} is checked out in ${mirror.url}, and git does not let anybody push to it. Switch that folder to another branch (git switch -) and retry.`,
        { cause: error },
      );
    }
    const { environment } = mirror;
    const refs = changes.map(({ ref }) => ref);
    const { commits } = await listRefs(mirror.url, refs, { environment, signal });
    const is = (ref: string, commit: string | null) => (commits.get(ref) ?? null) === commit;
    if (changes.every(({ ref, commit }) => is(ref, commit))) return 'pushed';
    if (changes.some(({ ref, expected }) => !is(ref, expected))) return 'moved';
    if (/'refs\/heads\/[^'\n]+' exists; cannot create/.test(words)) {
      throw new AuroraError(
        'repository-invalid',
        `A branch of ${mirror.url} is in the way of ${changes[0].ref}: git cannot have both "aurora" and "aurora/…". Rename that branch.`,
        { cause: error },
      );
    }
    throw error;
  }
}
