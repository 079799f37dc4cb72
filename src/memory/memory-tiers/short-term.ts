import type { MemoryTierName } from '../../domain/memory.ts';
import type { SessionMemoryRow, SessionMemoryStore } from '../../storage/session-memory-store.ts';
import { dot } from '../embedders/embedder.ts';
import { embedLexically } from '../embedders/lexical-embedder.ts';
import { memoryIdOf, ownIds } from '../memory-id.ts';
import type { MemoryTier, TierMemory } from '../memory-tier.ts';
import { searchableText } from '../ranking.ts';

export interface ShortTermOptions {
  /** Milliseconds from the last use; the seed's table says one hour. Default 3,600,000. */
  readonly lifetime?: number;
}

/** Session context is small; what is older than this many uses is not looked at. */
const lookedAt = 300;
/** Cosine of lexical vectors below which two texts have nothing to do with each other. */
const related = 0.12;
const tier: MemoryTierName = 'short';

/** The short-term tier over whichever store keeps it: the two differ only in their storage. */
export function createShortTermTier(
  store: SessionMemoryStore,
  { lifetime = 3_600_000 }: ShortTermOptions,
): MemoryTier {
  return {
    name: tier,
    store: async (entry) => toMemory(await store.put(entry, lifetime)),
    async search({ projectId, text, tags, limit }) {
      const rows = await store.recent(projectId, tags, lookedAt);
      const asked = embedLexically(text);
      return rows
        .map((row) => ({ row, likeness: dot(asked, embedLexically(searchableText(row))) }))
        .filter(({ likeness }) => likeness >= related)
        .sort((a, b) => b.likeness - a.likeness)
        .slice(0, limit)
        .map(({ row, likeness }) => ({
          memory: toMemory(row),
          why: [`this session, similar wording (${likeness.toFixed(2)})`],
        }));
    },
    async get(id) {
      const [own] = ownIds(tier, [id], store.idForm);
      const row = own === undefined ? undefined : await store.get(own);
      return row && toMemory(row);
    },
    async idOf(memory) {
      const own = await store.idOf(memory);
      return own && memoryIdOf(tier, own);
    },
    async markUsed(ids, agent) {
      const own = ownIds(tier, ids, store.idForm);
      if (own.length > 0) await store.markUsed(own, agent, lifetime);
    },
    async recordOutcome(ids, succeeded) {
      const own = ownIds(tier, ids, store.idForm);
      if (own.length > 0) await store.recordOutcome(own, succeeded);
    },
    async promotable(limit, among) {
      const own = among && ownIds(tier, among, store.idForm);
      if (own?.length === 0) return [];
      return (await store.promotable(limit, own)).map((id) => memoryIdOf(tier, id));
    },
    async settlePromotion(id) {
      const [own] = ownIds(tier, [id], store.idForm);
      if (own !== undefined) await store.settlePromotion(own);
    },
    async forget(id) {
      const [own] = ownIds(tier, [id], store.idForm);
      return own !== undefined && store.remove(own);
    },
    expire: () => store.removeExpired(),
  };
}

function toMemory(row: SessionMemoryRow): TierMemory {
  const { id, ...rest } = row;
  return { ...rest, id: memoryIdOf(tier, id), tier };
}
