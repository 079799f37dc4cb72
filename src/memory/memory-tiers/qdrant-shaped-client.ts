import { AuroraError } from '../../domain/errors.ts';
import type { LongtermVectorStore, PayloadMatch } from '../../storage/longterm-vector-store.ts';
import { bm25 } from '../bm25.ts';
import { cosineWithQuantised, quantise } from '../embedders/quantised-vector.ts';

interface Filter {
  readonly must?: readonly {
    readonly key?: string;
    readonly match?: { readonly value?: unknown };
  }[];
  readonly should?: unknown;
  readonly must_not?: unknown;
}

interface Point {
  readonly id: string;
  readonly payload: Record<string, unknown>;
  readonly score: number;
}

/** Mem0 sends the dense vector alone, or under the empty name beside text for BM25. */
type PointVector = readonly number[] | { readonly '': readonly number[] };

/**
 * What Mem0's Qdrant store calls of a Qdrant client, over our own table: exact search, no index.
 * That is right for what is promoted to long-term memory, thousands of items; for more, give Mem0
 * a real Qdrant.
 */
export function createQdrantShapedClient(store: LongtermVectorStore) {
  return {
    // Collections exist by being written to; their names carry embedder and dimension.
    createCollection: () => Promise.resolve(true),
    createPayloadIndex: () => Promise.resolve(true),

    async upsert(
      collection: string,
      { points }: { points: readonly { id: string; vector: PointVector; payload: object }[] },
    ) {
      await store.upsert(
        collection,
        points.map(({ id, vector, payload }) => ({
          id: String(id),
          vector: quantise(Array.isArray(vector) ? vector : (vector as { '': number[] })['']),
          payload: { ...payload },
        })),
      );
    },

    async search(
      collection: string,
      { vector, filter, limit }: { vector: readonly number[]; filter?: Filter; limit: number },
    ): Promise<Point[]> {
      const stored = await store.vectors(collection, equalities(filter));
      const scores = new Map(
        stored.map((row) => [row.id, cosineWithQuantised(vector, row.vector)] as const),
      );
      return best(collection, scores, limit);
    },

    async query(
      collection: string,
      { query, filter, limit }: { query: { text: string }; filter?: Filter; limit: number },
    ): Promise<{ points: Point[] }> {
      const rows = await store.list(collection, equalities(filter), bm25Documents);
      const documents = rows.map(({ id, payload }) => ({
        id,
        terms: terms(String(payload.textLemmatized ?? payload.data ?? '')),
      }));
      return { points: await best(collection, bm25(terms(query.text), documents), limit) };
    },

    async retrieve(collection: string, { ids }: { ids: readonly string[] }) {
      return store.get(collection, ids.map(String));
    },

    async scroll(collection: string, { limit, filter }: { limit: number; filter?: Filter }) {
      return { points: await store.list(collection, equalities(filter), limit) };
    },

    async delete(collection: string, { points }: { points: readonly string[] }) {
      await store.remove(collection, points.map(String));
    },

    async deleteCollection(collection: string) {
      await store.removeCollection(collection);
    },
  };

  async function best(
    collection: string,
    scores: ReadonlyMap<string, number>,
    limit: number,
  ): Promise<Point[]> {
    const top = [...scores].sort((a, b) => b[1] - a[1]).slice(0, limit);
    const rows = await store.get(
      collection,
      top.map(([id]) => id),
    );
    const payloads = new Map(rows.map((row) => [row.id, row.payload]));
    return top.flatMap(([id, score]) => {
      const payload = payloads.get(id);
      return payload === undefined ? [] : [{ id, score, payload }];
    });
  }
}

/** Keyword search reads the texts; beyond this many the vectors alone decide. */
const bm25Documents = 5_000;

const terms = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

/** The conditions of a filter, all of which must be equalities: Aurora asks for nothing else. */
function equalities(filter: Filter | undefined): PayloadMatch {
  const match: Record<string, string | number | boolean> = {};
  if (filter === undefined) return match;
  for (const { key, match: condition } of filter.must ?? []) {
    const value = condition?.value;
    if (key === undefined || !isScalar(value)) throw unsupported(filter);
    match[key] = value;
  }
  if (filter.should !== undefined || filter.must_not !== undefined) throw unsupported(filter);
  return match;
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

const unsupported = (filter: Filter) =>
  new AuroraError('bug', `Long-term memory was asked for a filter: ${JSON.stringify(filter)}`);
