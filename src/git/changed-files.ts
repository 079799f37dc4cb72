import { inMirror, type Mirror } from './mirror.ts';

/** The files that a merge brought to its branch, new names and old ones. */
export async function changedFiles(mirror: Mirror, merge: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', `${merge}^1`, merge];
  const { stdout } = await inMirror(mirror, args);
  return stdout.split('\0').filter((path) => path !== '');
}
