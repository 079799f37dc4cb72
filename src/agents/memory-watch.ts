import { lookAtMemory } from './group-members.ts';

/** Milliseconds between two looks, each of which serves all groups of this process. */
const interval = 1_000;

/** In bytes. */
export interface MemoryExcess {
  readonly used: number;
  readonly limit: number;
}

interface Watched {
  readonly limit: number;
  readonly onOver: (excess: MemoryExcess) => void;
}

const watched = new Map<number, Watched>();
let timer: NodeJS.Timeout | undefined;

/**
 * Watches the memory that a process group uses together with what it has started. Linux only.
 *
 * @param limit bytes
 * @param onOver told once
 * @returns ends the watch
 */
export function watchMemory(
  group: number,
  limit: number,
  onOver: (excess: MemoryExcess) => void,
): () => void {
  if (limit === Infinity) return () => undefined;
  watched.set(group, { limit, onOver });
  timer ??= setTimeout(() => void look(), interval).unref();
  return () => void watched.delete(group);
}

async function look(): Promise<void> {
  if (watched.size > 0) {
    const usedBy = await lookAtMemory();
    await Promise.all(
      [...watched].map(async ([group, { limit, onOver }]) => {
        const used = await usedBy(group, limit);
        if (used > limit && watched.delete(group)) onOver({ used, limit });
      }),
    );
  }
  timer = watched.size === 0 ? undefined : setTimeout(() => void look(), interval).unref();
}
