import type { LongtermVectorStore } from '../../storage/longterm-vector-store.ts';
import { dot, type Embedder } from '../embedders/embedder.ts';
import { embedEach } from '../embedders/embed-each.ts';
import { embedLexically } from '../embedders/lexical-embedder.ts';
import { quantise } from '../embedders/quantised-vector.ts';
import type { TierHit, TierMemory } from '../memory-tier.ts';
import { searchableText } from '../ranking.ts';
import { fromMem0 } from './mem0-record.ts';

/** Points that are looked through, while they wait to be embedded anew. */
const lookedAt = 1_000;
/** Points that are embedded anew at once. */
const batch = 128;
/** Lexical likeness from which two texts have something to do with each other. */
const related = 0.12;
/** Milliseconds for which "nothing waits" is believed: another process may have the embedder of before. */
const believed = 60_000;

/**
 * Long-term memories in the collections of earlier embedders. Until they are embedded anew they are
 * found by likeness of words, so that a change of the embedder takes nothing away meanwhile.
 */
export function createEarlierCollections(vectors: LongtermVectorStore) {
  let noneUntil = 0;

  async function waiting(collection: string, limit: number) {
    if (performance.now() < noneUntil) return [];
    const points = await vectors.outsideOf(collection, limit);
    if (points.length === 0) noneUntil = performance.now() + believed;
    return points.flatMap((point) => {
      const memory = toMemory(point);
      return memory === undefined ? [] : [{ ...point, memory }];
    });
  }

  return {
    /** @param collection of the present embedder */
    async search(collection: string, text: string, limit: number): Promise<TierHit[]> {
      const points = await waiting(collection, lookedAt);
      if (points.length === 0) return [];
      const asked = embedLexically(text);
      return points
        .map(({ memory }) => ({
          memory,
          likeness: dot(asked, embedLexically(searchableText(memory))),
        }))
        .filter(({ likeness }) => likeness >= related)
        .sort((a, b) => b.likeness - a.likeness)
        .slice(0, limit)
        .map(({ memory, likeness }) => ({
          memory,
          why: [`long-term, similar wording (${likeness.toFixed(2)})`],
        }));
    },

    /** @param wanted its id, or what is in its payload */
    async find(
      collection: string,
      wanted: NonNullable<Parameters<LongtermVectorStore['outsideOf']>[2]>,
    ): Promise<TierMemory | undefined> {
      const [point] = await vectors.outsideOf(collection, 1, wanted);
      return point && toMemory(point);
    },

    /** Embeds some anew and moves them; returns how many. */
    async embedSome(collection: string, embedder: Embedder): Promise<number> {
      const points = await waiting(collection, batch);
      if (points.length === 0) return 0;
      const { dimensions } = await embedder.space();
      const embedded = await embedEach(
        embedder,
        points.map(({ memory }) => memory.content.slice(0, 8_000)),
      );
      await vectors.move(
        collection,
        points.map(({ collection: from, id }, i) => ({
          ...{ from, id },
          vector: quantise(embedded[i] ?? new Float32Array(dimensions)),
        })),
      );
      return points.length;
    },
  };
}

const toMemory = ({ id, payload }: { id: string; payload: Record<string, unknown> }) =>
  fromMem0({
    id,
    ...(typeof payload.data === 'string' ? { memory: payload.data } : {}),
    ...(typeof payload.createdAt === 'string' ? { createdAt: payload.createdAt } : {}),
    metadata: payload,
  });
