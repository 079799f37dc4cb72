import { inMirror, type Mirror } from './mirror.ts';

/** Whether a commit is in the history of another, or is that one. */
export async function isAncestor(
  mirror: Mirror,
  commit: string,
  of: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', commit, of];
  return (await inMirror(mirror, args, { exitCodes: [0, 1], signal })).exitCode === 0;
}
