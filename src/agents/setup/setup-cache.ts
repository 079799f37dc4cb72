import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { isProcessAlive } from '../../git/process-alive.ts';
import { removeTree } from '../../git/remove-tree.ts';
import { runProcessGroup } from '../process-group.ts';

/** Milliseconds after which what nobody has used is forgotten. */
const longestUnused = 14 * 24 * 60 * 60_000;

/** What set-up commands have made, by key, for all worker processes of a machine. */
export interface SetupCache {
  /** Puts it into a worktree; false when it is not known. */
  take(key: string, directory: string): Promise<boolean>;
  /** Keeps these files and folders of a worktree. Whoever is first keeps; the others' is as good. */
  keep(key: string, directory: string, names: readonly string[]): Promise<void>;
}

/**
 * Copies go both ways, sharing their blocks where the file system can (btrfs, xfs, APFS): a link, hard
 * or symbolic, would let one attempt change what others use.
 */
export function openSetupCache(root: string): SetupCache {
  return {
    async take(key, directory) {
      const kept = join(root, key);
      try {
        // It is in use from now on: the janitor keeps away.
        await utimes(kept, new Date(), new Date());
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
      for (const name of await readdir(kept)) await copy(join(kept, name), directory);
      return true;
    },
    async keep(key, directory, names) {
      const making = join(
        root,
        `${key}.making-${process.pid}-${Math.random().toString(36).slice(2)}`,
      );
      await mkdir(making, { recursive: true });
      try {
        for (const name of names) {
          const folder = dirname(join(making, name));
          await mkdir(folder, { recursive: true });
          await copy(join(directory, name), folder);
        }
        await rename(making, join(root, key));
      } catch (error) {
        await removeTree(making);
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      }
    },
  };
}

/** Copies a file or folder into a folder, and merges it with one of its name there. */
async function copy(source: string, folder: string): Promise<void> {
  const how = platform() === 'darwin' ? ['-Rpc'] : ['-a', '--reflink=auto'];
  const argv = ['cp', ...how, '--', source, folder];
  const outcome = await runProcessGroup({ argv, cwd: '/', env: { PATH: '/usr/bin:/bin' } });
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return;
  throw new Error(
    `What the set-up made could not be copied: ${outcome.outputTail || outcome.kind}`,
  );
}

/** Removes what killed processes have left half-made, and what has not been used for two weeks. */
export async function sweepSetups(root: string): Promise<void> {
  for (const name of await readdir(root).catch((): string[] => [])) {
    const [, pid] = /\.(?:making|dropped)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined) {
      if (!isProcessAlive(Number(pid))) await removeTree(join(root, name));
      continue;
    }
    const used = await stat(join(root, name)).catch(() => undefined);
    if (used === undefined || Date.now() - used.mtimeMs < longestUnused) continue;
    const dropped = join(
      root,
      `${name}.dropped-${process.pid}-${Math.random().toString(36).slice(2)}`,
    );
    // In one step, so that nobody takes half of it; another janitor may be faster.
    const isOurs = await rename(join(root, name), dropped).then(
      () => true,
      () => false,
    );
    if (isOurs) await removeTree(dropped);
  }
}
