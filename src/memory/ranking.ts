import { MemoryType } from '../domain/memory.ts';
import { dot } from './embedders/embedder.ts';
import { embedLexically } from './embedders/lexical-embedder.ts';
import type { TierHit, TierMemory } from './memory-tier.ts';

/**
 * Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): the sum of 1 / (k + rank) over all
 * lists that hold an id. Ranks, not scores, because scores of different searches do not compare.
 *
 * @param k how little the first ranks stand out; 60 is the paper's value
 */
export function fuseRanks(lists: readonly (readonly string[])[], k = 60): Map<string, number> {
  const scores = new Map<string, number>();
  for (const list of lists) {
    list.forEach((id, i) => scores.set(id, (scores.get(id) ?? 0) + 1 / (k + i + 1)));
  }
  return scores;
}

/** What the lexical measure sees of a memory. */
export const searchableText = (memory: Pick<TierMemory, 'content' | 'tags'>): string =>
  `${memory.tags.join(' ')} ${memory.content.slice(0, 8_000)}`;

export interface RankedHit extends TierHit {
  readonly score: number;
}

/** Cosines of lexical vectors from which two memories say the same. */
const nearDuplicate = 0.95;
/**
 * A steeper fusion than the paper's: with k = 60 neighbouring ranks differ by 1.6 %, and the
 * factors below would outweigh a whole page of relevance.
 */
const steepness = 10;
const day = 86_400_000;

/**
 * One list from the answers of several tiers: ranks of the tiers and of the lexical likeness to
 * the query are fused, then weighed by type, project, age, use and success; of memories that say
 * the same only the first stays.
 */
export function rankHits(
  answers: readonly (readonly TierHit[])[],
  query: { readonly text: string; readonly projectId: string; readonly limit: number },
  now: number,
): RankedHit[] {
  const hits = new Map<string, TierHit>();
  for (const hit of answers.flat()) hits.set(hit.memory.id, hit);
  if (hits.size === 0) return [];

  const asked = embedLexically(query.text);
  const candidates = [...hits.values()].map((hit) => {
    const vector = embedLexically(searchableText(hit.memory));
    return { hit, vector, likeness: dot(asked, vector) };
  });
  const byLikeness = [...candidates].sort((a, b) => b.likeness - a.likeness);
  const fused = fuseRanks(
    [
      ...answers.map((answer) => answer.map(({ memory }) => memory.id)),
      byLikeness.map(({ hit }) => hit.memory.id),
    ],
    steepness,
  );
  const weighed = candidates.map((candidate) => {
    const { factor, why } = weigh(candidate.hit.memory, query.projectId, now);
    const { memory, why: found } = candidate.hit;
    const score = (fused.get(memory.id) ?? 0) * factor;
    return { ...candidate, memory, score, why: [...found, ...why] };
  });
  weighed.sort((a, b) => b.score - a.score || compare(a.memory.id, b.memory.id));

  const kept: typeof weighed = [];
  for (const candidate of weighed) {
    if (kept.length === query.limit) break;
    const same = kept.some(
      (other) =>
        other.memory.contentHash === candidate.memory.contentHash ||
        dot(other.vector, candidate.vector) > nearDuplicate,
    );
    if (!same) kept.push(candidate);
  }
  return kept.map(({ memory, score, why }) => ({ memory, score, why }));
}

/** How much a memory counts beside its relevance, and the reasons that are worth telling. */
function weigh(memory: TierMemory, projectId: string, now: number) {
  const why: string[] = [];
  let factor = 1;
  if (memory.type === MemoryType.REFLEXION) {
    factor *= 1.2;
    why.push('learned from a failure');
  }
  if (memory.projectId === projectId) factor *= 1.1;
  else why.push('from another project');
  // Age and use only break ties: an old memory is not a wrong one.
  factor *= 1 + 0.03 * Math.exp(-Math.max(0, now - memory.createdAt.getTime()) / (30 * day));
  factor *= 1 + 0.03 * Math.min(1, Math.log2(1 + memory.uses) / 5);
  if (memory.outcomes >= 3) {
    const rate = memory.successes / memory.outcomes;
    factor *= 0.8 + 0.4 * rate;
    why.push(`helped in ${memory.successes} of ${memory.outcomes} attempts`);
  }
  return { factor, why };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
