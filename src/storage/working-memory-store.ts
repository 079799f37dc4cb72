import {
  and,
  arrayOverlaps,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  lte,
  sql,
  type SQL,
} from 'drizzle-orm';
import type { MemoryType } from '../domain/memory.ts';
import type { Db, DbOrTx } from './database.ts';
import { fromNow, onRepeatedStore, onUse, type NewMemoryRow } from './memory-row.ts';
import { memories, reflexions } from './schema/memory.ts';

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
  ...columns
} = getTableColumns(memories);

export type WorkingMemoryRow = Omit<
  typeof memories.$inferSelect,
  'search' | 'tagText' | 'wordParts'
>;

export interface MemorySearch {
  readonly projectId: string;
  /** Any of these words; no operators. */
  readonly words: readonly string[];
  readonly tags: readonly string[];
  readonly type?: MemoryType;
  readonly limit: number;
}

/** Working memories. Lifetimes are in milliseconds. */
export interface WorkingMemoryStore {
  put(row: NewWorkingMemoryRow, lifetime: number, on?: DbOrTx): Promise<WorkingMemoryRow>;
  get(id: string): Promise<WorkingMemoryRow | undefined>;
  /** Full-text search over tags, content and identifier parts, best first. */
  searchText(search: MemorySearch): Promise<readonly WorkingMemoryRow[]>;
  /** Search that forgives spelling; undefined where pg_trgm is not installed or takes too long. */
  searchTrigrams(search: MemorySearch): Promise<readonly WorkingMemoryRow[] | undefined>;
  markUsed(ids: readonly string[], agent: string | undefined, lifetime: number): Promise<void>;
  /** How an attempt that was given these has ended; their reflexions count it as a trial. */
  recordOutcome(ids: readonly string[], succeeded: boolean): Promise<void>;
  /** In how many projects this content is remembered. */
  projectsKnowing(contentHash: string): Promise<number>;
  remove(id: string): Promise<boolean>;
  removeExpired(): Promise<number>;
}

/** How alike a query and the best-matching stretch of a content must be, of 1 (pg_trgm's measure). */
const trigramThreshold = 0.4;

/** Milliseconds. Help with spelling must not cost the answer that the words alone give. */
const trigramTimeout = 200;

export function createWorkingMemoryStore(db: Db): WorkingMemoryStore {
  const alive = () => gt(memories.expiresAt, sql`now()`);
  const matching = ({ projectId, tags, type }: MemorySearch) =>
    and(
      eq(memories.projectId, projectId),
      alive(),
      tags.length > 0 ? arrayOverlaps(memories.tags, [...tags]) : undefined,
      type === undefined ? undefined : eq(memories.type, type),
    );
  /** Locks rows in one order everywhere: two attempts often use the same memories at once. */
  const inOrder = (on: DbOrTx, ids: readonly string[]) =>
    on
      .select({ id: memories.id })
      .from(memories)
      .where(inArray(memories.id, [...ids]))
      .orderBy(memories.id)
      .for('update');
  let trigramSchema: Promise<string | undefined> | undefined;

  return {
    async put(row, lifetime, on = db) {
      const tagText = row.tags.join(' ');
      const [stored] = await on
        .insert(memories)
        .values({
          ...row,
          tags: [...row.tags],
          metadata: { ...row.metadata },
          tagText,
          expiresAt: fromNow(lifetime),
        })
        .onConflictDoUpdate({
          target: [memories.projectId, memories.type, memories.contentHash],
          set: {
            ...onRepeatedStore(memories, row, lifetime),
            tagText: sql`case when ${memories.expiresAt} > now() then ${memories.tagText} || ' ' || excluded.tag_text else excluded.tag_text end`,
            embedder: row.embedder,
            embedding: row.embedding,
          },
        })
        .returning(columns);
      return stored as WorkingMemoryRow;
    },

    async get(id) {
      const [row] = await db
        .select(columns)
        .from(memories)
        .where(and(eq(memories.id, id), alive()));
      return row;
    },

    searchText(search) {
      if (search.words.length === 0) return Promise.resolve([]);
      const query = anyOfWords(search.words);
      return db
        .select(columns)
        .from(memories)
        .where(and(matching(search), sql`${memories.search} @@ ${query}`))
        .orderBy(desc(textRank(search.words)), memories.id)
        .limit(search.limit);
    },

    async searchTrigrams(search) {
      trigramSchema ??= schemaOfTrigrams(db).catch((error: unknown) => {
        trigramSchema = undefined; // asked again next time: the database was away
        throw error;
      });
      const schema = await trigramSchema;
      if (schema === undefined) return undefined;
      const text = search.words.join(' ');
      const operator = sql.raw(`operator(${quoted(schema)}.<%)`);
      const similarity = sql`${sql.raw(quoted(schema))}.word_similarity(${text}, ${memories.content})`;
      const searching = db.transaction(async (tx) => {
        await tx.execute(
          sql`select set_config('pg_trgm.word_similarity_threshold', ${String(trigramThreshold)}, true), set_config('statement_timeout', ${String(trigramTimeout)}, true)`,
        );
        return tx
          .select(columns)
          .from(memories)
          .where(and(matching(search), sql`${text} ${operator} ${memories.content}`))
          .orderBy(desc(similarity), memories.id)
          .limit(search.limit);
      });
      try {
        return await searching;
      } catch (error) {
        if (isTimeout(error)) return undefined;
        throw error;
      }
    },

    async markUsed(ids, agent, lifetime) {
      await db
        .update(memories)
        .set(onUse(memories, agent, lifetime))
        .where(and(inArray(memories.id, inOrder(db, ids)), alive()));
    },

    async recordOutcome(ids, succeeded) {
      const success = succeeded ? 1 : 0;
      await db.transaction(async (tx) => {
        await tx
          .update(memories)
          .set({
            outcomes: sql`${memories.outcomes} + 1`,
            successes: sql`${memories.successes} + ${success}`,
          })
          .where(inArray(memories.id, inOrder(tx, ids)));
        await tx
          .update(reflexions)
          .set({
            trials: sql`${reflexions.trials} + 1`,
            successes: sql`${reflexions.successes} + ${success}`,
          })
          .where(inArray(reflexions.memoryId, [...ids]));
      });
    },

    async projectsKnowing(contentHash) {
      const [row] = await db
        .select({ projects: sql<number>`count(distinct ${memories.projectId})::int` })
        .from(memories)
        .where(and(eq(memories.contentHash, contentHash), alive()));
      return row?.projects ?? 0;
    },

    async remove(id) {
      const removed = await db
        .delete(memories)
        .where(eq(memories.id, id))
        .returning({ id: memories.id });
      return removed.length > 0;
    },

    async removeExpired() {
      const removed = await db
        .delete(memories)
        .where(lte(memories.expiresAt, sql`now()`))
        .returning({ id: memories.id });
      return removed.length;
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

async function schemaOfTrigrams(db: Db): Promise<string | undefined> {
  const { rows } = await db.execute<{ nspname: string }>(
    sql`select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'`,
  );
  return rows[0]?.nspname;
}

/** Postgres cancelled the statement (57014); Drizzle wraps what the driver threw. */
const isTimeout = (error: unknown) =>
  error instanceof Error && (error.cause as { code?: unknown } | undefined)?.code === '57014';

const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;
