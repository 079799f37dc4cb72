import { AuroraError } from '../domain/errors.ts';
import { fetchArguments, fetchMirror, inMirror, type Mirror } from './mirror.ts';
import { trackingRef } from './refs.ts';

async function hasCommit(mirror: Mirror, commit: string): Promise<boolean> {
  const args = ['cat-file', '-e', `${commit}^{commit}`];
  return (await inMirror(mirror, args, { exitCodes: [0, 1, 128] })).exitCode === 0;
}

/** Brings a branch's commit into the mirror when it is not there yet. */
export async function fetchBranch(
  mirror: Mirror,
  branch: string,
  commit: string,
  signal?: AbortSignal,
): Promise<void> {
  if (await hasCommit(mirror, commit)) return;
  const refspec = `+refs/heads/${branch}:${trackingRef(branch)}`;
  await inMirror(mirror, [...fetchArguments, mirror.url, refspec], { signal });
}

/**
 * Brings a commit into the mirror that another machine may have saved.
 *
 * @throws AuroraError `git-failed` when origin does not have it either, `repository-unavailable`,
 *   `disk-full`
 */
export async function fetchCommit(
  mirror: Mirror,
  commit: string,
  signal?: AbortSignal,
): Promise<void> {
  if (await hasCommit(mirror, commit)) return;
  await fetchMirror(mirror, signal);
  if (await hasCommit(mirror, commit)) return;
  const everyWork = '+refs/aurora/*:refs/aurora/*';
  await inMirror(mirror, [...fetchArguments, mirror.url, everyWork], { signal });
  if (await hasCommit(mirror, commit)) return;
  // No ref has it any more; most hosts keep it for days, and give it to who knows its name.
  const refused = await inMirror(mirror, [...fetchArguments, mirror.url, commit], { signal }).then(
    () => undefined,
    (error: unknown) => {
      // A host that is away has not said that it does not have it.
      if (!(error instanceof AuroraError) || error.code !== 'git-failed') throw error;
      return error;
    },
  );
  if (await hasCommit(mirror, commit)) return;
  throw new AuroraError(
    'git-failed',
    `The commit ${commit} is in no branch of origin and in no saved work; it may have been removed by a force push.`,
    { cause: refused },
  );
}
