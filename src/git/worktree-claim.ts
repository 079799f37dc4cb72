import { readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isProcessAlive } from './process-alive.ts';

export type WorktreeClaim =
  | { readonly kind: 'claimed'; readonly directory: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken' };

/** Milliseconds. In containers a dead janitor's number is soon another process's. */
const maxClaimAge = 10 * 60_000;
const ours = new Set<string>();

/**
 * Takes a worktree for one janitor alone, by renaming its folder: atomic, and visible to others. A
 * claim whose janitor died is taken over.
 */
export async function claimWorktree(directory: string): Promise<WorktreeClaim> {
  const parent = dirname(directory);
  const mark = `${basename(directory)}.swept-`;
  // Gone only when seen so twice: while another janitor renames it, a look can miss both names.
  for (let misses = 0; misses < 2;) {
    const names = await readdir(parent).catch((): string[] => []);
    const earlier = names.find((name) => name.startsWith(mark));
    if (earlier === undefined && !names.includes(basename(directory))) {
      misses++;
      continue;
    }
    if (
      earlier !== undefined &&
      (await isHeld(join(parent, earlier), earlier.slice(mark.length)))
    ) {
      return { kind: 'taken' };
    }
    const token = `${process.pid}-${Math.random().toString(36).slice(2)}`;
    const claimed = join(parent, `${mark}${token}`);
    ours.add(token);
    try {
      await rename(earlier === undefined ? directory : join(parent, earlier), claimed);
      return { kind: 'claimed', directory: claimed };
    } catch (error) {
      ours.delete(token);
      // Another janitor was faster; look again at what it does.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { kind: 'gone' };
}

/** Gives a worktree back that could not be removed; does nothing when it is gone. */
export async function releaseWorktree(claimed: string, directory: string): Promise<void> {
  ours.delete(claimed.slice(claimed.lastIndexOf('.swept-') + '.swept-'.length));
  await rename(claimed, directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function isHeld(path: string, token: string): Promise<boolean> {
  const pid = Number(token.split('-')[0]);
  if (pid === process.pid) return ours.has(token);
  if (!isProcessAlive(pid)) return false;
  // Renaming sets the change time.
  const changed = await stat(path).then(
    (found) => found.ctimeMs,
    () => Date.now(),
  );
  return Date.now() - changed < maxClaimAge;
}
