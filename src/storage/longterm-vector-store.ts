import { and, asc, eq, inArray, ne, notLike, sql, type SQL } from 'drizzle-orm';
import type { Db } from './database.ts';
import { longtermVectors } from './schema/memory.ts';

interface StoredVector {
  readonly id: string;
  readonly vector: Buffer;
  readonly payload: Record<string, unknown>;
}

interface CollectedPoint extends Omit<StoredVector, 'vector'> {
  readonly collection: string;
}

/** Payload fields and the values that they must equal. */
export type PayloadMatch = Readonly<Record<string, string | number | boolean>>;

/** Vectors with a payload, in named collections, as a vector database keeps them. */
export interface LongtermVectorStore {
  isEmpty(collection: string): Promise<boolean>;
  /** Writes each; one whose `contentHash` another id already has is left out. */
  upsert(collection: string, points: readonly StoredVector[]): Promise<void>;
  get(collection: string, ids: readonly string[]): Promise<readonly Omit<StoredVector, 'vector'>[]>;
  vectors(
    collection: string,
    match: PayloadMatch,
  ): Promise<readonly Pick<StoredVector, 'id' | 'vector'>[]>;
  list(
    collection: string,
    match: PayloadMatch,
    limit: number,
  ): Promise<readonly Omit<StoredVector, 'vector'>[]>;
  /** Adds to numeric payload fields, whatever the collection; ids that are gone are passed over. */
  increment(ids: readonly string[], fields: readonly string[]): Promise<void>;
  /** Memories in the collections of other embedders. */
  outsideOf(
    collection: string,
    limit: number,
    wanted?: { readonly id?: string; readonly match?: PayloadMatch },
  ): Promise<readonly CollectedPoint[]>;
  /**
   * Moves memories into a collection, with the vectors that they have there; one whose content is in it
   * already is dropped. What the collections that they leave say about names in them goes too.
   */
  move(
    to: string,
    points: readonly { readonly from: string; readonly id: string; readonly vector: Buffer }[],
  ): Promise<void>;
  /** Removes it from every collection. @returns whether it was in any */
  removeEverywhere(id: string): Promise<boolean>;
  remove(collection: string, ids: readonly string[]): Promise<void>;
  removeCollection(collection: string): Promise<void>;
}

/** What Mem0 appends to a collection's name for the names that its memories hold. */
const entities = '_entities';

export function createLongtermVectorStore(db: Db): LongtermVectorStore {
  const table = longtermVectors;
  const matching = (match: PayloadMatch) =>
    sql`${table.payload} @> ${JSON.stringify(match)}::jsonb`;
  const within = (collection: string, match: PayloadMatch) =>
    and(eq(table.collection, collection), matching(match));
  const point = { id: table.id, payload: table.payload };

  return {
    async isEmpty(collection) {
      const rows = await db
        .select({ id: table.id })
        .from(table)
        .where(eq(table.collection, collection))
        .limit(1);
      return rows.length === 0;
    },
    async upsert(collection, points) {
      await db.transaction(async (tx) => {
        for (const { id, vector, payload } of points) {
          const updated = await tx
            .update(table)
            .set({ vector, payload })
            .where(and(eq(table.collection, collection), eq(table.id, id)))
            .returning({ id: table.id });
          if (updated.length > 0) continue;
          await tx.insert(table).values({ collection, id, vector, payload }).onConflictDoNothing();
        }
      });
    },
    get: (collection, ids) =>
      ids.length === 0
        ? Promise.resolve([])
        : db
            .select(point)
            .from(table)
            .where(and(eq(table.collection, collection), inArray(table.id, [...ids]))),
    vectors: (collection, match) =>
      db
        .select({ id: table.id, vector: table.vector })
        .from(table)
        .where(within(collection, match)),
    list: (collection, match, limit) =>
      db
        .select(point)
        .from(table)
        .where(within(collection, match))
        .orderBy(asc(table.id))
        .limit(limit),
    async increment(ids, fields) {
      if (ids.length === 0) return;
      const payload = fields.reduce<SQL>(
        (before, field) =>
          sql`jsonb_set(${before}, array[${field}], to_jsonb(coalesce((${table.payload} ->> ${field})::int, 0) + 1))`,
        sql`${table.payload}`,
      );
      await db
        .update(table)
        .set({ payload })
        .where(inArray(table.id, [...ids]));
    },
    outsideOf: (collection, limit, { id, match = {} } = {}) =>
      db
        .select({ ...point, collection: table.collection })
        .from(table)
        .where(
          and(
            ne(table.collection, collection),
            notLike(table.collection, `%${entities.replace('_', '\\_')}`),
            id === undefined ? undefined : eq(table.id, id),
            matching(match),
          ),
        )
        .orderBy(asc(table.collection), asc(table.id))
        .limit(limit),
    async move(to, points) {
      await db.transaction(async (tx) => {
        for (const { from, id, vector } of points) {
          const [moved] = await tx
            .delete(table)
            .where(and(eq(table.collection, from), eq(table.id, id)))
            .returning({ payload: table.payload });
          if (moved === undefined) continue;
          await tx
            .insert(table)
            .values({ collection: to, id, vector, payload: moved.payload })
            .onConflictDoNothing();
        }
        const left = [...new Set(points.map(({ from }) => `${from}${entities}`))];
        await tx.delete(table).where(inArray(table.collection, left));
      });
    },
    async removeEverywhere(id) {
      const removed = await db.delete(table).where(eq(table.id, id)).returning({ id: table.id });
      return removed.length > 0;
    },
    async remove(collection, ids) {
      if (ids.length === 0) return;
      await db
        .delete(table)
        .where(and(eq(table.collection, collection), inArray(table.id, [...ids])));
    },
    async removeCollection(collection) {
      await db.delete(table).where(eq(table.collection, collection));
    },
  };
}
