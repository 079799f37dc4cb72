import { fuseRanks } from '../ranking.ts';
import type { IndexHit, IndexQuery, MemoryIndex } from './memory-index.ts';

export interface FoundHit extends IndexHit {
  /** Cosine with the question, when it was found by meaning. */
  readonly likeness?: number;
}

/** Characters of the longest question that is remembered, which it is with its answer. */
const maxRemembered = 2_000;

/**
 * What answers a question by its words and, with a vector, by its meaning. The same question is
 * answered once until the index changes, or the day, which "last week" counts from.
 *
 * @param vector of the question, in the space of the index
 */
export function findInIndex(
  index: MemoryIndex,
  query: IndexQuery,
  vector: Float32Array | undefined,
  now: Date,
): readonly FoundHit[] {
  const { text, tags, type, limit } = query;
  const key = JSON.stringify([text, tags, type, limit, vector !== undefined, now.toDateString()]);
  const known = index.answers.get(key);
  if (known !== undefined) return known;
  const byWords = index.search(query, now);
  const found =
    vector === undefined ? byWords : fuseHits(byWords, index.nearest(vector, query), limit);
  if (text.length <= maxRemembered) index.answers.set(key, found);
  return found;
}

/** One list from what was found by words and by meaning. */
function fuseHits(
  byWords: readonly IndexHit[],
  near: readonly { readonly id: string; readonly likeness: number }[],
  limit: number,
): FoundHit[] {
  const scores = fuseRanks([byWords.map(({ id }) => id), near.map(({ id }) => id)]);
  const words = new Map(byWords.map((hit) => [hit.id, hit]));
  const likeness = new Map(near.map((hit) => [hit.id, hit.likeness]));
  return [...scores]
    .sort(([, one], [, other]) => other - one)
    .slice(0, limit)
    .map(([id, score]) => ({
      ...(words.get(id) ?? { words: [], related: [] }),
      ...{ id, score, likeness: likeness.get(id) ?? 0 },
    }));
}
