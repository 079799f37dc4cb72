import { gitError } from './git-error.ts';
import { inMirror, type Mirror } from './mirror.ts';

export interface ConflictedFile {
  readonly path: string;
  /** The blobs that disagree; one is missing where a side has deleted or never had the file. */
  /** Of the file, when all versions agree on it and it is a plain file. */
  readonly mode?: string;
  readonly stages: { readonly base?: string; readonly ours?: string; readonly theirs?: string };
  /** The file with conflict markers, at most `maxMarkers` characters; null for what is no text, or too large. */
  readonly markers: string | null;
}

export type MergedTree =
  | { readonly kind: 'clean'; readonly tree: string }
  | {
      readonly kind: 'conflict';
      /** The merged tree, with conflict markers in its files. */
      readonly tree: string;
      /** Whether nothing but the text of these files conflicts. */
      readonly isTextual: boolean;
      readonly files: readonly ConflictedFile[];
      /** git's own account of the conflict. */
      readonly notes: string;
    };

/** Characters of each conflicted file that are kept. */
const maxMarkers = 20_000;
const maxFiles = 100;
/** Bytes. To merge larger texts would hold up all else that the process does. */
const largestText = 16 * 1024 * 1024;
/** What git calls conflicts within a file's text, and what is none. */
const textual: ReadonlySet<string> = new Set(['Auto-merging', 'CONFLICT (contents)']);
const stageNames = { '1': 'base', '2': 'ours', '3': 'theirs' } as const;

/** Merges two commits without a working tree. @throws AuroraError `git-failed` */
export async function mergeTrees(
  mirror: Mirror,
  ours: string,
  theirs: string,
  signal?: AbortSignal,
): Promise<MergedTree> {
  const args = ['merge-tree', '--write-tree', '-z', ours, theirs];
  const output = await inMirror(mirror, args, { exitCodes: [0, 1], signal });
  const fields = output.stdout.split('\0');
  const tree = fields[0] ?? '';
  if (output.exitCode === 0) return { kind: 'clean', tree };
  if (!/^[0-9a-f]{40,64}$/.test(tree)) throw gitError('git merge-tree', output.stderr);

  const end = fields.indexOf('', 1);
  const stages = new Map<string, Record<string, string>>();
  const modes = new Map<string, Set<string>>();
  for (const field of fields.slice(1, end)) {
    const [mode, blob, stage, path] =
      /^(\d+) ([0-9a-f]+) ([123])\t(.*)$/s.exec(field)?.slice(1) ?? [];
    if (mode === undefined || blob === undefined || path === undefined) continue;
    const known = stages.get(path) ?? {};
    known[stageNames[stage as keyof typeof stageNames]] = blob;
    stages.set(path, known);
    modes.set(path, (modes.get(path) ?? new Set()).add(mode));
  }
  const files: ConflictedFile[] = [];
  // A file in the way of a folder is put aside under a name that neither side has: `name~COMMIT`.
  const aside = new RegExp(`~(?:${ours}|${theirs})(?:_\\d+)?$`);
  for (const [path, found] of [...stages].slice(0, maxFiles)) {
    const [mode, ...others] = modes.get(path) ?? [];
    const isPlain = others.length === 0 && mode?.startsWith('100');
    const markers = await readMarkers(mirror, tree, path);
    files.push({
      path: path.replace(aside, ''),
      stages: found,
      markers,
      ...(isPlain ? { mode } : {}),
    });
  }
  // Each note is: number of paths, the paths, its kind, its text.
  const notes: string[] = [];
  let isTextual = stages.size <= maxFiles;
  for (let i = end + 1; i < fields.length && fields[i] !== '';) {
    const paths = Number(fields[i]);
    const text = fields[i + paths + 2];
    if (!Number.isInteger(paths) || text === undefined) break;
    if (!textual.has(fields[i + paths + 1] ?? '')) isTextual = false;
    if (!text.startsWith('Auto-merging')) notes.push(text.trim());
    i += paths + 3;
  }
  return { kind: 'conflict', tree, isTextual, files, notes: notes.join('\n').slice(0, maxMarkers) };
}

async function readMarkers(mirror: Mirror, tree: string, path: string): Promise<string | null> {
  const args = ['cat-file', 'blob', `${tree}:${path}`];
  // 128: a side's rename or deletion left no file of this name.
  const options = { exitCodes: [0, 128], enough: largestText };
  const { exitCode, stdout } = await inMirror(mirror, args, options);
  const isText = Buffer.byteLength(stdout) <= largestText && !stdout.includes('\0');
  if (exitCode !== 0 || !isText) return null;
  return stdout.slice(0, maxMarkers);
}
