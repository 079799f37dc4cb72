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
    current = await replaceEntry(mirror, current, asBytes(path).split('/'), entry);
  }
  return current;
}

/** git's names are bytes, and what stands beside a file must keep its own, UTF-8 or not. */
const encoding = 'latin1';
const asBytes = (path: string) => Buffer.from(path).toString(encoding);

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
  const { stdout } = await inMirror(mirror, ['ls-tree', '-z', tree], { encoding });
  const listing = stdout.split('\0');
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
  return (await inMirror(mirror, ['mktree', '-z'], { input, encoding })).stdout.trim();
}
