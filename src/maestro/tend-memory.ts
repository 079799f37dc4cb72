import type { MaestroDeps } from './maestro-deps.ts';

/** Milliseconds that are given to memory between two looks at the queue. */
const span = 5_000;

/**
 * Keeps memory in order: what has outlived its time is removed, what has no vector of the present
 * embedder gets one. In pieces, and for a few seconds at most: the rest is there the next time.
 */
export async function tendMemory(
  { memory }: Pick<MaestroDeps, 'memory'>,
  isOurs: () => boolean,
): Promise<void> {
  const end = performance.now() + span;
  while (isOurs() && performance.now() < end && (await memory.tend()));
}
