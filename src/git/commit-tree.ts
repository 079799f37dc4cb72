import { inMirror, type Mirror } from './mirror.ts';

/** A commit of a tree that is only looked at, and on no branch. */
export async function commitTree(mirror: Mirror, tree: string, parent: string): Promise<string> {
  const { stdout } = await inMirror(mirror, ['commit-tree', tree, '-p', parent, '-F', '-'], {
    input: 'A merge that is only looked at\n',
  });
  return stdout.trim();
}
