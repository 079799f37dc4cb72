import { inMirror, type Mirror } from './mirror.ts';

/**
 * Writes a tree that is like `tree`, with other contents for some of its files. Only the folders on
 * the way are read and written, whatever the size of the repository.
 *
 * @returns the new tree
 * @throws AuroraError `git-failed`, `disk-full`
 */
export async function replaceBlobs(
  mirror: Mirror,
  tree: string,
  files: readonly { readonly path: string; readonly mode: string; readonly text: string }[],
): Promise<string> {
  let current = tree;
  for (const { path, mode, text } of files) {
    const { stdout } = await inMirror(mirror, ['hash-object', '-w', '--stdin'], { input: text });
    const entry = { mode, type: 'blob', id: stdout.trim() };
    current = await replaceEntry(mirror, current, path.split('/'), entry);
  }
  return current;
}

interface Entry {
  readonly mode: string;
  readonly type: string;
  readonly id: string;
}

async function replaceEntry(
  mirror: Mirror,
  tree: string,
  [name = '', ...rest]: readonly string[],
  entry: Entry,
): Promise<string> {
  const listing = (await inMirror(mirror, ['ls-tree', '-z', tree])).stdout.split('\0');
  const lines: string[] = [];
  for (const line of listing.filter((each) => each !== '')) {
    const [, mode, type, id, found] = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    if (found !== name) {
      lines.push(line);
      continue;
    }
    const next =
      rest.length === 0
        ? entry
        : {
            mode: mode as string,
            type: type as string,
            id: await replaceEntry(mirror, id as string, rest, entry),
          };
    lines.push(`${next.mode} ${next.type} ${next.id}\t${name}`);
  }
  const input = lines.map((line) => `${line}\0`).join('');
  return (await inMirror(mirror, ['mktree', '-z'], { input })).stdout.trim();
}
