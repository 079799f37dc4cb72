import { cosineWithQuantised } from '../embedders/quantised-vector.ts';
import type { IndexedMemory, IndexFilter } from './indexed-memory.ts';

/** Cosine below which two texts have hardly anything to do with each other, whatever the embedder. */
const leastLikeness = 0.25;

export interface Likeness {
  readonly id: string;
  /** Cosine of the two vectors. */
  readonly likeness: number;
}

/**
 * The memories whose vectors are most like this one, the best first: those that stand out from the
 * rest, since every vector is somewhat like every other.
 */
export function nearest(
  memories: Iterable<Omit<IndexedMemory, 'text'> | undefined>,
  vector: Float32Array,
  { type, tags, limit }: IndexFilter,
): Likeness[] {
  const wanted = new Set(tags);
  const found: Likeness[] = [];
  let sum = 0;
  let squares = 0;
  for (const memory of memories) {
    if (memory?.vector === undefined) continue;
    if (type !== undefined && memory.type !== type) continue;
    if (wanted.size > 0 && !memory.tags.some((tag) => wanted.has(tag))) continue;
    const likeness = cosineWithQuantised(vector, memory.vector);
    sum += likeness;
    squares += likeness * likeness;
    found.push({ id: memory.id, likeness });
  }
  const mean = sum / found.length;
  const deviation = Math.sqrt(Math.max(0, squares / found.length - mean * mean));
  const floor = Math.max(leastLikeness, mean + deviation / 2);
  return found
    .filter(({ likeness }) => likeness >= floor)
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, limit);
}
