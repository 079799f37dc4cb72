import { MemoryType } from '../domain/memory.ts';
import { dot } from './embedders/embedder.ts';
import { embedLexically } from './embedders/lexical-embedder.ts';
import type { TierHit, TierMemory } from './memory-tier.ts';
import { gistOf, saysTheSame, type Gist } from './sameness.ts';

/**
 * Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): the sum of 1 / (k + rank) over all
 * lists that hold an id. Ranks, not scores, because scores of different searches do not compare.
 *
 * @param k how little the first ranks stand out; 60 is the paper's value
 * @param weights what each list counts; 1 when absent
 */
export function fuseRanks(
  lists: readonly (readonly string[])[],
  k = 60,
  weights: readonly number[] = [],
): Map<string, number> {
  const scores = new Map<string, number>();
  lists.forEach((list, l) => {
    const weight = weights[l] ?? 1;
    list.forEach((id, i) => scores.set(id, (scores.get(id) ?? 0) + weight / (k + i + 1)));
  });
  return scores;
}

/** What the lexical measure sees of a memory. */
export const searchableText = (memory: Pick<TierMemory, 'content' | 'tags'>): string =>
  `${memory.tags.join(' ')} ${memory.content.slice(0, 8_000)}`;

export interface RankedHit extends TierHit {
  readonly score: number;
}

/**
 * A steeper fusion than the paper's: with k = 60 neighbouring ranks differ by 1.6 %, and the
 * factors below would outweigh a whole page of relevance.
 */
const steepness = 10;
const day = 86_400_000;

/** Hits of a tier by which its answer is judged. */
const judgedBy = 3;
/** What a tier's answer counts at least, beside the best one's. */
const leastTierWeight = 0.3;

/**
 * One list from the answers of several tiers. Each tier ranks its own; their ranks are fused, a
 * tier's by how alike its best hits are to the query, then weighed by type, project, age, use and
 * success; of memories that say the same only the first stays.
 */
export function rankHits(
  answers: readonly (readonly TierHit[])[],
  query: { readonly text: string; readonly projectId: string; readonly limit: number },
  now: number,
): RankedHit[] {
  const hits = new Map<string, TierHit>();
  for (const hit of answers.flat()) hits.set(hit.memory.id, hit);
  if (hits.size === 0) return [];

  const fused = fuseRanks(
    answers.map((answer) => answer.map(({ memory }) => memory.id)),
    steepness,
    tierWeights(answers, query.text),
  );
  const weighed = [...hits.values()].map(({ memory, why: found }) => {
    const { factor, why } = weigh(memory, query.projectId, now);
    const score = (fused.get(memory.id) ?? 0) * factor;
    return { memory, score, why: [...found, ...why] };
  });
  weighed.sort((a, b) => b.score - a.score || compare(a.memory.id, b.memory.id));

  const kept: (RankedHit & { gist: Gist })[] = [];
  for (const candidate of weighed) {
    if (kept.length === query.limit) break;
    const gist = gistOf(candidate.memory.content);
    const same = kept.some(
      (other) =>
        saidAtOneTime(other.memory, candidate.memory) &&
        (other.memory.contentHash === candidate.memory.contentHash ||
          saysTheSame(other.gist, gist)),
    );
    if (!same) kept.push({ ...candidate, gist });
  }
  return kept.map(({ memory, score, why }) => ({ memory, score, why }));
}

function tierWeights(answers: readonly (readonly TierHit[])[], text: string): number[] {
  if (answers.filter((answer) => answer.length > 0).length < 2) return answers.map(() => 1);
  const asked = embedLexically(text);
  const likeness = answers.map((answer) =>
    Math.max(
      0,
      ...answer
        .slice(0, judgedBy)
        .map(({ memory }) => dot(asked, embedLexically(searchableText(memory)))),
    ),
  );
  const best = Math.max(...likeness);
  return likeness.map((value) => (best === 0 ? 1 : Math.max(leastTierWeight, value / best)));
}

/** Turns of a conversation are events: the same words at another time are another one. */
const saidAtOneTime = (one: TierMemory, other: TierMemory) =>
  one.metadata.session === other.metadata.session && one.metadata.at === other.metadata.at;

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
  if (memory.contradictedBy !== undefined) {
    factor *= 0.5;
    why.push(`a newer memory says the opposite: ${memory.contradictedBy}`);
  }
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
