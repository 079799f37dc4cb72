import { inMirror, type Mirror } from './mirror.ts';

/** The trees of commits, all from one process; undefined for a commit that the mirror does not have. */
export async function readTrees(
  mirror: Mirror,
  commits: readonly string[],
  signal?: AbortSignal,
): Promise<(string | undefined)[]> {
  const input = commits.map((commit) => `${commit}^{tree}\n`).join('');
  const args = ['cat-file', '--batch-check=%(objectname)'];
  const { stdout } = await inMirror(mirror, args, { input, signal });
  const lines = stdout.split('\n');
  return commits.map((_, index) => /^[0-9a-f]+$/.exec(lines[index] ?? '')?.[0]);
}
