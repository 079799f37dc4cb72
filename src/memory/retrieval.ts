import type {
  MemoryAnswer,
  MemoryQuery,
  MemoryTierName,
  RetrievedMemory,
} from '../domain/memory.ts';
import type { MemoryTier } from './memory-tier.ts';
import { rankHits, type RankedHit } from './ranking.ts';
import { TokenBudget } from './token-budget.ts';
import { withinBudget } from './time-budget.ts';

/**
 * Asks the tiers at once and makes one answer of theirs. A tier that fails or takes longer than the
 * budget is missing from the answer, and named.
 *
 * @param budget milliseconds for all tiers together
 */
export async function searchTiers(
  tiers: readonly MemoryTier[],
  query: MemoryQuery,
  budget: number,
): Promise<MemoryAnswer> {
  const { projectId, query: text, tags, limit } = query;
  // More than asked for: some will turn out to say the same.
  const tierQuery = { projectId, text, tags, limit: Math.max(20, limit + 15), budget };
  const answers = await Promise.all(
    tiers.map(async (tier) => ({
      tier: tier.name,
      answer: await withinBudget(() => tier.search(tierQuery), budget),
    })),
  );
  const missing: { tier: MemoryTierName; reason: string }[] = [];
  const found = answers.flatMap(({ tier, answer }) => {
    if (answer.ok) return [answer.value];
    missing.push({ tier, reason: answer.reason });
    return [];
  });
  const room = new TokenBudget(query.maxTokens ?? Infinity);
  const hits = rankHits(found, { text, projectId, limit }, Date.now());
  return {
    items: hits.filter(({ memory }) => room.take(memory.content)).map(toRetrieved),
    completeness: tiers.length === 0 ? 1 : found.length / tiers.length,
    missing,
    leftOut: room.leftOut,
  };
}

function toRetrieved({ memory, score, why }: RankedHit): RetrievedMemory {
  const { id, tier, type, projectId, content, tags, metadata, uses, createdAt, expiresAt } = memory;
  return {
    id,
    tier,
    type,
    projectId,
    content,
    tags,
    metadata,
    uses,
    createdAt,
    expiresAt,
    score,
    why,
    ...(memory.contradictedBy === undefined ? {} : { contradictedBy: memory.contradictedBy }),
  };
}
