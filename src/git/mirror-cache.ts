import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Environment } from './git-environment.ts';
import { openMirror, type Mirror } from './mirror.ts';

/** The mirrors of this process, each opened once. */
export interface MirrorCache {
  /** The mirror of a repository, as `inspectRepository` named it. */
  open(url: string): Promise<Mirror>;
}

/** Mirrors under `root`, one folder per repository, shared with other processes of this machine. */
export function createMirrorCache(root: string, environment: Environment): MirrorCache {
  const open = new Map<string, Promise<Mirror>>();
  return {
    open(url) {
      const known = open.get(url);
      if (known !== undefined) return known;
      const name = createHash('sha256').update(url).digest('hex').slice(0, 16);
      const mirror = openMirror({ url, directory: path.join(root, name), environment });
      open.set(url, mirror);
      // A repository that was away for a moment must not stay broken for the life of the process.
      mirror.catch(() => open.delete(url));
      return mirror;
    },
  };
}
