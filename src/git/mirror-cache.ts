import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Environment } from './git-environment.ts';
import { openMirror, type Mirror } from './mirror.ts';

/** The mirrors of this process, each opened once. */
export interface MirrorCache {
  /**
   * The mirror of a repository, as `inspectRepository` named it.
   *
   * @param signal gives up waiting for it; it is opened all the same, as others may wait too
   */
  open(url: string, signal?: AbortSignal): Promise<Mirror>;
}

/** Mirrors under `root`, one folder per repository, shared with other processes of this machine. */
export function createMirrorCache(root: string, environment: Environment): MirrorCache {
  const open = new Map<string, Promise<Mirror>>();
  return {
    open(url, signal) {
      const known = open.get(url);
      if (known !== undefined) return orAborted(known, signal);
      const name = createHash('sha256').update(url).digest('hex').slice(0, 16);
      const mirror = openMirror({ url, directory: path.join(root, name), environment });
      open.set(url, mirror);
      // A repository that was away for a moment must not stay broken for the life of the process.
      mirror.catch(() => open.delete(url));
      return orAborted(mirror, signal);
    },
  };
}

async function orAborted<T>(waitedFor: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return waitedFor;
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.throwIfAborted();
    const give = () => reject(signal.reason as Error);
    signal.addEventListener('abort', give, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([waitedFor, aborted]);
  } finally {
    settled.abort();
  }
}
