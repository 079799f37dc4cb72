import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AuroraError } from '../domain/errors.ts';
import { fetchCommit } from './fetch-commit.ts';
import { inMirror, type Mirror } from './mirror.ts';

/**
 * Writes all that lies between two commits as one patch, which `git am` and `git apply` take; binary files
 * are in it. The file is there whole or not at all.
 *
 * @throws AuroraError `delivery-refused` when there is nothing between them; `git-failed`, `disk-full`
 */
export async function writePatch(
  mirror: Mirror,
  {
    base,
    head,
    file,
    message,
  }: {
    readonly base: string;
    readonly head: string;
    readonly file: string;
    readonly message: string;
  },
): Promise<void> {
  await fetchCommit(mirror, base);
  await fetchCommit(mirror, head);
  // Patches of merges are empty: what their resolutions hold would be lost.
  const made = await inMirror(mirror, ['commit-tree', `${head}^{tree}`, '-p', base, '-F', '-'], {
    input: message,
  });
  const commit = made.stdout.trim();
  const same = await inMirror(mirror, ['diff', '--quiet', base, commit, '--'], {
    exitCodes: [0, 1],
  });
  if (same.exitCode === 0) {
    throw new AuroraError('delivery-refused', 'The run has changed nothing: there is no patch.');
  }
  const unfinished = `${path.resolve(file)}.new-${process.pid}`;
  const format = ['format-patch', '-1', '--binary', '--full-index', '--no-signature'];
  try {
    await inMirror(mirror, [...format, `--output=${unfinished}`, commit]);
    await rename(unfinished, path.resolve(file));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
