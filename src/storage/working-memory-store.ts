import {
  and,
  arrayOverlaps,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  lt,
  lte,
  or,
  sql,
  type SQL,
} from 'drizzle-orm';
import type { Db, DbOrTx } from './database.ts';
import { lockScopes } from './memory-locks.ts';
import {
  fromNow,
  onRepeatedStore,
  onUse,
  sameMemory,
  type MemoryRowIdentity,
  type NewMemoryRow,
} from './memory-row.ts';
import { memories, memoryScopes } from './schema/memory.ts';

/** What a full-text parser needs beside the content, and the content's vector. */
interface NewWorkingMemoryRow extends NewMemoryRow {
  readonly createdAt?: Date;
  readonly wordParts: string;
  readonly generalHash: string;
  readonly embedder: string;
  readonly embedding: Buffer;
}

const {
  search: _search,
  tagText: _tagText,
  wordParts: _wordParts,
  revision: _revision,
  generalHash: _generalHash,
  promotionSettledAt: _promotionSettledAt,
  ...columns
} = getTableColumns(memories);

const { embedding: _embedding, ...withoutVector } = columns;

export type WorkingMemoryRow = Omit<
  typeof memories.$inferSelect,
  'search' | 'tagText' | 'wordParts' | 'revision' | 'generalHash' | 'promotionSettledAt'
>;

/** What of a memory its search needs. */
export interface MemoryChange extends Pick<
  WorkingMemoryRow,
  'id' | 'type' | 'tags' | 'metadata' | 'sequence'
> {
  /** The beginning of the content. */
  readonly text: string;
  /** Its vector, when it is of the space that was asked for. */
  readonly vector: Buffer | null;
}

type UnembeddedMemory = Pick<WorkingMemoryRow, 'id' | 'content' | 'contentHash' | 'tags'>;

interface MemoryChanges {
  /** What this brings a reader to. */
  readonly revision: number;
  readonly changed: readonly MemoryChange[];
  /** All ids that are there, when any was removed; what is not among them is gone. */
  readonly present: readonly string[] | undefined;
}

/** Working memories. Lifetimes are in milliseconds. */
export interface WorkingMemoryStore {
  /** Keeps rows in one statement; answers in their order. No two may be the same memory. */
  put(
    rows: readonly NewWorkingMemoryRow[],
    lifetime: number,
    on?: DbOrTx,
  ): Promise<readonly WorkingMemoryRow[]>;
  get(id: string): Promise<WorkingMemoryRow | undefined>;
  idOf(memory: MemoryRowIdentity): Promise<string | undefined>;
  /** A project's memories in the order of their arrival, after a sequence number. */
  page(projectId: string, after: number, limit: number): Promise<readonly WorkingMemoryRow[]>;
  /** Those that are there; without their vectors, which are the larger part. */
  getMany(ids: readonly string[]): Promise<readonly Omit<WorkingMemoryRow, 'embedding'>[]>;
  /** The ids of a project's memories that hold any of the words, by full text, the best first. */
  withWords(
    projectId: string,
    words: readonly string[],
    tags: readonly string[],
    limit: number,
  ): Promise<readonly string[]>;
  /**
   * What has changed in a project since a revision; undefined when nothing has.
   *
   * @param since -1 for everything
   * @param limit rows read at most, the newest
   * @param space of the vectors that are wanted; none when undefined
   */
  changesSince(
    projectId: string,
    since: number,
    limit: number,
    space?: string,
  ): Promise<MemoryChanges | undefined>;
  /** Memories of all projects whose vectors are of another space. */
  outsideOf(space: string, limit: number): Promise<readonly UnembeddedMemory[]>;
  /** Sets vectors; one whose content has changed since is left for the next time. */
  setVectors(
    space: string,
    vectors: readonly {
      readonly id: string;
      readonly contentHash: string;
      readonly vector: Buffer;
    }[],
  ): Promise<void>;
  markUsed(ids: readonly string[], agent: string | undefined, lifetime: number): Promise<void>;
  /** How an attempt that was given these has ended. */
  recordOutcome(ids: readonly string[], succeeded: boolean, on?: DbOrTx): Promise<void>;
  /** Counts an ended attempt of another task that these lessons were given to or withheld from. */
  countTrial(
    ids: readonly string[],
    use: 'given' | 'withheld',
    succeeded: boolean,
    on?: DbOrTx,
  ): Promise<void>;
  remove(id: string): Promise<boolean>;
  removeExpired(): Promise<number>;
}

/** Characters of a content that are searched. */
const searched = 8_000;

export const keyOf = (row: MemoryRowIdentity): string =>
  JSON.stringify([row.projectId, row.type, row.contentHash]);

export function createWorkingMemoryStore(db: Db): WorkingMemoryStore {
  const alive = () => gt(memories.expiresAt, sql`now()`);
  /** Locks rows in one order everywhere: two attempts often use the same memories at once. */
  const inOrder = (on: DbOrTx, ids: readonly string[]) =>
    on
      .select({ id: memories.id })
      .from(memories)
      .where(inArray(memories.id, [...ids]))
      .orderBy(memories.id)
      .for('update');
  const idsOf = async (projectId: string) => {
    const rows = await db
      .select({ id: memories.id })
      .from(memories)
      .where(eq(memories.projectId, projectId));
    return rows.map(({ id }) => id);
  };
  const projectsOf = (on: DbOrTx, condition: SQL | undefined) =>
    on.selectDistinct({ id: memories.projectId }).from(memories).where(condition);
  const removeWhere = (condition: SQL) =>
    db.transaction(async (tx) => {
      await lockScopes(tx, projectsOf(tx, condition));
      const doomed = await tx
        .select({ id: memories.id })
        .from(memories)
        .where(condition)
        .orderBy(memories.id)
        .for('update');
      if (doomed.length === 0) return 0;
      const ids = doomed.map(({ id }) => id);
      await tx.delete(memories).where(sql`${memories.id} = any(${sql.param(ids)}::uuid[])`);
      return ids.length;
    });

  return {
    async put(rows, lifetime, on = db) {
      if (rows.length === 0) return [];
      const stored = await on
        .insert(memories)
        .values(
          rows.map((row) => ({
            ...row,
            tags: [...row.tags],
            metadata: { ...row.metadata },
            tagText: row.tags.join(' '),
            expiresAt: fromNow(lifetime),
          })),
        )
        .onConflictDoUpdate({
          target: [memories.projectId, memories.type, memories.contentHash],
          set: {
            ...onRepeatedStore(memories, lifetime),
            // Said again it is the newest; what denies it is found anew. An import brings its own time.
            createdAt: sql`greatest(${memories.createdAt}, excluded.created_at)`,
            contradictedBy: sql`case when excluded.created_at > ${memories.createdAt} then null else ${memories.contradictedBy} end`,
            tagText: sql`case when ${memories.expiresAt} > now() then ${memories.tagText} || ' ' || excluded.tag_text else excluded.tag_text end`,
            // The same content has the same vector, and the one that is there may be the better one.
            generalHash: sql`excluded.general_hash`,
          },
        })
        .returning(columns);
      const byKey = new Map(stored.map((row) => [keyOf(row), row]));
      return rows.map((row) => byKey.get(keyOf(row)) as WorkingMemoryRow);
    },

    async get(id) {
      const [row] = await db
        .select(columns)
        .from(memories)
        .where(and(eq(memories.id, id), alive()));
      return row;
    },

    async idOf(memory) {
      const [row] = await db
        .select({ id: memories.id })
        .from(memories)
        .where(sameMemory(memories, memory));
      return row?.id;
    },

    page: (projectId, after, limit) =>
      db
        .select(columns)
        .from(memories)
        .where(and(eq(memories.projectId, projectId), gt(memories.sequence, after), alive()))
        .orderBy(memories.sequence)
        .limit(limit),

    getMany: (ids) =>
      ids.length === 0
        ? Promise.resolve([])
        : db
            .select(withoutVector)
            .from(memories)
            // One parameter, whatever their number: faster to build and to plan.
            .where(and(sql`${memories.id} = any(${sql.param(ids)}::uuid[])`, alive())),

    async withWords(projectId, words, tags, limit) {
      const rows = await db
        .select({ id: memories.id })
        .from(memories)
        .where(
          and(
            eq(memories.projectId, projectId),
            sql`${memories.search} @@ ${anyOfWords(words)}`,
            tags.length > 0 ? arrayOverlaps(memories.tags, [...tags]) : undefined,
            alive(),
          ),
        )
        .orderBy(desc(textRank(words)))
        .limit(limit);
      return rows.map(({ id }) => id);
    },

    async changesSince(projectId, since, limit, space) {
      const [scope] = await db
        .select()
        .from(memoryScopes)
        .where(eq(memoryScopes.projectId, projectId));
      const { revision = 0, removal = 0 } = scope ?? {};
      if (revision <= since) return undefined;
      const changed = await db
        .select({
          id: memories.id,
          type: memories.type,
          tags: memories.tags,
          metadata: memories.metadata,
          sequence: memories.sequence,
          text: sql<string>`left(${memories.content}, ${searched})`,
          vector:
            space === undefined
              ? sql<null>`null`
              : sql<Buffer | null>`case when ${memories.embedder} = ${space} then ${memories.embedding} end`,
        })
        .from(memories)
        .where(and(eq(memories.projectId, projectId), gt(memories.revision, since), alive()))
        .orderBy(desc(memories.sequence))
        .limit(limit);
      changed.reverse();
      const removedSince = since >= 0 && removal > since;
      return { revision, changed, present: removedSince ? await idsOf(projectId) : undefined };
    },

    outsideOf: (space, limit) =>
      db
        .select({
          id: memories.id,
          content: memories.content,
          contentHash: memories.contentHash,
          tags: memories.tags,
        })
        .from(memories)
        // Two ranges of the index, where "not equal" would read all.
        .where(and(or(lt(memories.embedder, space), gt(memories.embedder, space)), alive()))
        .limit(limit),

    async setVectors(space, vectors) {
      await db.transaction(async (tx) => {
        const ids = vectors.map(({ id }) => id);
        await lockScopes(tx, projectsOf(tx, inArray(memories.id, ids)));
        await tx.execute(sql`
          UPDATE aurora.memories AS memory SET embedder = ${space}, embedding = fresh.vector
            FROM unnest(
              ${sql.param(ids)}::uuid[],
              ${sql.param(vectors.map(({ contentHash }) => contentHash))}::text[],
              ${sql.param(vectors.map(({ vector }) => `\\x${vector.toString('hex')}`))}::text[]::bytea[]
            ) AS fresh (id, content_hash, vector)
           WHERE memory.id = fresh.id AND memory.content_hash = fresh.content_hash`);
      });
    },

    async markUsed(ids, agent, lifetime) {
      await db
        .update(memories)
        .set(onUse(memories, agent, lifetime))
        .where(and(inArray(memories.id, inOrder(db, ids)), alive()));
    },

    async recordOutcome(ids, succeeded, on = db) {
      await on
        .update(memories)
        .set({
          outcomes: sql`${memories.outcomes} + 1`,
          successes: sql`${memories.successes} + ${succeeded ? 1 : 0}`,
        })
        .where(inArray(memories.id, inOrder(on, ids)));
    },

    async countTrial(ids, use, succeeded, on = db) {
      if (ids.length === 0) return;
      const { trials, trialSuccesses, withheldTrials, withheldSuccesses } = memories;
      const success = succeeded ? 1 : 0;
      await on
        .update(memories)
        .set(
          use === 'given'
            ? { trials: sql`${trials} + 1`, trialSuccesses: sql`${trialSuccesses} + ${success}` }
            : {
                withheldTrials: sql`${withheldTrials} + 1`,
                withheldSuccesses: sql`${withheldSuccesses} + ${success}`,
              },
        )
        .where(inArray(memories.id, inOrder(on, ids)));
    },

    remove: async (id) => (await removeWhere(eq(memories.id, id))) > 0,
    async removeExpired() {
      const expired = lte(memories.expiresAt, sql`now()`);
      // Asked every few seconds, and nearly always there is none.
      const [any] = await db.select({ id: memories.id }).from(memories).where(expired).limit(1);
      return any === undefined ? 0 : removeWhere(expired);
    },
  };
}

/**
 * A query that any of the words satisfies: a natural question holds words that no memory has, and
 * websearch_to_tsquery would ask for all of them.
 */
export const anyOfWords = (words: readonly string[]): SQL =>
  sql`websearch_to_tsquery('english', ${words.filter((word) => word !== 'or').join(' or ')})`;

/** Words up to which the closeness of words counts. */
const maxCoverWords = 5;

/**
 * How well a memory's text fits any of the words. `ts_rank_cd` weighs how close together they
 * stand, at a cost that grows with their square: for 30 words and 10,000 matches a second, against
 * 60 ms for `ts_rank`, and closeness among 30 alternatives says little.
 */
export const textRank = (words: readonly string[]): SQL =>
  words.length <= maxCoverWords
    ? sql`ts_rank_cd(${memories.search}, ${anyOfWords(words)}, 1)`
    : sql`ts_rank(${memories.search}, ${anyOfWords(words)}, 1)`;
