import { packageManagerOf } from '../merging/lock-files.ts';
import { type ConflictReport, mergeFile, sure } from '../merging/merge-file.ts';
import type { ConflictedFile, MergedTree } from './merge-tree.ts';
import { inMirror, type Mirror } from './mirror.ts';
import { replaceBlobs } from './replace-blobs.ts';

/** How one conflict of a merge ended. */
export interface MergeConflict extends ConflictReport {
  readonly path: string;
  /** What spoke against a resolution that every resolver was sure of, or why none was tried. */
  readonly doubt?: string;
}

export interface ResolvedTree {
  /** The merged tree; undefined when a conflict is left. */
  readonly tree?: string;
  readonly conflicts: readonly MergeConflict[];
}

export interface ResolveOptions {
  /** The least confidence that is acted on; `sure` when not given. */
  readonly threshold?: number;
  /** Resolutions that stood a check before, by the key of their conflict. */
  readonly remembered?: (
    keys: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Makes files anew that a program writes, lock files, once all else is resolved; undefined when one of
   * them cannot be made.
   */
  readonly regenerate?: (conflict: {
    readonly mirror: Mirror;
    /** The merge with everything else resolved. */
    readonly tree: string;
    readonly head: string;
    /** Each with its text at the head. */
    readonly files: readonly { readonly path: string; readonly text: string }[];
  }) => Promise<ReadonlyMap<string, string> | undefined>;
}

/**
 * Resolves what `git merge-tree` left, file by file, without a working tree: all of it, or nothing.
 * Only texts that both sides changed or added are merged; deletions, renames, modes, links and
 * binary files are left.
 *
 * @throws AuroraError `git-failed`, `disk-full`; what `remembered` throws
 */
export async function resolveConflicts(
  mirror: Mirror,
  merged: MergedTree & { readonly kind: 'conflict' },
  head: string,
  { threshold = sure, remembered, regenerate }: ResolveOptions = {},
): Promise<ResolvedTree> {
  const conflicts: MergeConflict[] = [];
  const generated = new Map<string, { path: string; mode: string; text: string }>();
  const resolved: { path: string; mode: string; text: string }[] = [];
  for (const file of merged.files) {
    const versions = merged.isTextual ? await readVersions(mirror, file) : undefined;
    if (versions === undefined) {
      const doubt = 'only texts that both sides changed are merged';
      conflicts.push({ ...unresolved, path: file.path, doubt });
      continue;
    }
    const { left: text } = versions;
    if (regenerate !== undefined && packageManagerOf(file.path, text) !== undefined) {
      generated.set(file.path, { path: file.path, mode: file.mode as string, text });
      continue;
    }
    let merge = mergeFile(versions, { threshold });
    if (!merge.resolved && remembered !== undefined) {
      const known = await remembered(merge.conflicts.map(({ key }) => key));
      if (known.size > 0) merge = mergeFile(versions, { threshold, remembered: known });
    }
    const { doubt } = merge;
    for (const conflict of merge.conflicts) {
      conflicts.push({ ...conflict, path: file.path, ...(doubt === undefined ? {} : { doubt }) });
    }
    if (merge.resolved) resolved.push({ ...file, mode: file.mode as string, text: merge.text });
  }
  const isRest = resolved.length + generated.size === merged.files.length;
  if (!merged.isTextual || !isRest) {
    const waiting = [...generated.keys()].map((path) =>
      leftOver(path, 'it is made anew once all else is resolved'),
    );
    return { conflicts: [...conflicts, ...waiting] };
  }
  const tree = await replaceBlobs(mirror, merged.tree, resolved);
  const paths = [...generated.keys()];
  if (regenerate === undefined || paths.length === 0) return { conflicts, tree };
  const texts = await regenerate({ mirror, tree, head, files: [...generated.values()] });
  if (texts === undefined) {
    const doubt = 'it could not be made anew by its package manager';
    return { conflicts: [...conflicts, ...paths.map((path) => leftOver(path, doubt))] };
  }
  const files = paths.map((path) => ({
    ...{ path, mode: generated.get(path)?.mode as string, text: texts.get(path) as string },
  }));
  return {
    conflicts: [...conflicts, ...paths.map(made)],
    tree: await replaceBlobs(mirror, tree, files),
  };
}

const leftOver = (path: string, doubt: string): MergeConflict => ({ ...unresolved, path, doubt });

const made = (path: string): MergeConflict => ({
  ...{ ...unresolved, path, resolver: 'package-manager', confidence: sure, resolved: true },
});

const unresolved: ConflictReport = {
  line: 1,
  resolver: null,
  confidence: 0,
  resolved: false,
  key: '',
  lines: [],
};

async function readVersions(mirror: Mirror, { path, mode, stages, markers }: ConflictedFile) {
  const { base, ours, theirs } = stages;
  if (mode === undefined || markers === null || ours === undefined || theirs === undefined) {
    return undefined;
  }
  const [baseText, left, right] = await Promise.all(
    [base, ours, theirs].map(async (blob) =>
      blob === undefined ? '' : (await inMirror(mirror, ['cat-file', 'blob', blob])).stdout,
    ),
  );
  // What is not UTF-8 does not survive being read as text, and such a name finds no file again.
  if (baseText === undefined || left === undefined || right === undefined) return undefined;
  if ([path, baseText, left, right].some((text) => /[\0\uFFFD]/.test(text))) return undefined;
  // Half of one and half of another pointer of Git LFS is a file that nobody has.
  if ([left, right].some((text) => text.startsWith('version https://git-lfs.github.com/spec/'))) {
    return undefined;
  }
  return { path, base: baseText, left, right };
}
