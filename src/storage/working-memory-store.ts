import { and, desc, eq, getTableColumns, gt, inArray, lte, sql, type SQL } from 'drizzle-orm';
import type { Db, DbOrTx } from './database.ts';
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
  readonly wordParts: string;
  readonly embedder: string;
  readonly embedding: Buffer;
}

const {
  search: _search,
  tagText: _tagText,
  wordParts: _wordParts,
  revision: _revision,
  ...columns
} = getTableColumns(memories);

const { embedding: _embedding, ...withoutVector } = columns;

export type WorkingMemoryRow = Omit<
  typeof memories.$inferSelect,
  'search' | 'tagText' | 'wordParts' | 'revision'
>;

/** What of a memory its search needs. */
export interface MemoryChange extends Pick<
  WorkingMemoryRow,
  'id' | 'type' | 'tags' | 'metadata' | 'sequence'
> {
  /** The beginning of the content. */
  readonly text: string;
}

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
  /**
   * What has changed in a project since a revision; undefined when nothing has.
   *
   * @param since -1 for everything
   * @param limit rows read at most, the newest
   */
  changesSince(projectId: string, since: number, limit: number): Promise<MemoryChanges | undefined>;
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
  /** In how many projects this content is remembered. */
  projectsKnowing(contentHash: string): Promise<number>;
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
  /** Takes the scopes first, as whoever stores does: else the two could wait for each other. */
  const removeWhere = (condition: SQL) =>
    db.transaction(async (tx) => {
      const projects = tx
        .selectDistinct({ id: memories.projectId })
        .from(memories)
        .where(condition);
      await tx
        .select({ id: memoryScopes.projectId })
        .from(memoryScopes)
        .where(inArray(memoryScopes.projectId, projects))
        .orderBy(memoryScopes.projectId)
        .for('update');
      const removed = await tx.delete(memories).where(condition).returning({ id: memories.id });
      return removed.length;
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
            tagText: sql`case when ${memories.expiresAt} > now() then ${memories.tagText} || ' ' || excluded.tag_text else excluded.tag_text end`,
            embedder: sql`excluded.embedder`,
            embedding: sql`excluded.embedding`,
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

    async changesSince(projectId, since, limit) {
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
        })
        .from(memories)
        .where(and(eq(memories.projectId, projectId), gt(memories.revision, since), alive()))
        .orderBy(desc(memories.sequence))
        .limit(limit);
      changed.reverse();
      const removedSince = since >= 0 && removal > since;
      return { revision, changed, present: removedSince ? await idsOf(projectId) : undefined };
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

    async projectsKnowing(contentHash) {
      const [row] = await db
        .select({ projects: sql<number>`count(distinct ${memories.projectId})::int` })
        .from(memories)
        .where(and(eq(memories.contentHash, contentHash), alive()));
      return row?.projects ?? 0;
    },

    remove: async (id) => (await removeWhere(eq(memories.id, id))) > 0,
    removeExpired: () => removeWhere(lte(memories.expiresAt, sql`now()`)),
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
