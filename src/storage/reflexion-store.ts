import {
  and,
  arrayOverlaps,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  or,
  sql,
  type SQL,
} from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Db, DbOrTx } from './database.ts';
import { memories, reflexions } from './schema/memory.ts';
import { anyOfWords, textRank } from './working-memory-store.ts';

type ReflexionRow = typeof reflexions.$inferSelect;

/** A reflexion with what its memory adds to it. */
export interface LessonRow extends ReflexionRow {
  readonly tags: readonly string[];
  /** Ended attempts of other tasks that were given it, and how many succeeded. */
  readonly trials: number;
  readonly successes: number;
  /** The same of those that it was withheld from. */
  readonly withheldTrials: number;
  readonly withheldSuccesses: number;
  readonly embedder: string;
  readonly embedding: Buffer;
}

type LessonEvidence = Pick<
  LessonRow,
  'trials' | 'successes' | 'withheldTrials' | 'withheldSuccesses'
>;

export interface LessonSearch {
  readonly projectId: string;
  readonly runId: string;
  readonly taskId: string;
  /** Any of these words; may be empty. */
  readonly words: readonly string[];
  readonly tags: readonly string[];
  readonly limit: number;
}

export interface ReflexionStore {
  put(row: typeof reflexions.$inferInsert, on?: DbOrTx): Promise<ReflexionRow>;
  /** How often failures of this signature were recorded in a project. */
  repeats(projectId: string, signature: string): Promise<number>;
  /** The task's own reflexions, the newest first. */
  ofTask(projectId: string, runId: string, taskId: string): Promise<readonly LessonRow[]>;
  /** The reflexions that these memories hold, the oldest first. */
  inMemories(memoryIds: readonly string[]): Promise<readonly LessonRow[]>;
  /** The newest reflexion of each memory. */
  newestIn(memoryIds: readonly string[]): Promise<readonly ReflexionRow[]>;
  /** Memories of a project that hold reflexions of this signature, those that hold most first. */
  withSignature(projectId: string, signature: string, limit: number): Promise<readonly string[]>;
  /** All of a project, the newest first. */
  ofProject(projectId: string, limit: number): Promise<readonly LessonRow[]>;
  /** Sets what a lesson has been seen to do elsewhere, unless it has been seen to do something here. */
  adoptEvidence(memoryId: string, evidence: LessonEvidence): Promise<void>;
  /** Attempts that lessons of a project were withheld from, and how many of them succeeded. */
  withheld(projectId: string): Promise<{ readonly trials: number; readonly successes: number }>;
  /**
   * Reflexions of the project's other tasks that share a signature, a tag or a word: of each memory the
   * newest, one of the signatures before others.
   */
  ofOthers(search: LessonSearch, signatures: readonly string[]): Promise<readonly LessonRow[]>;
}

const trialColumns = {
  trials: memories.trials,
  successes: memories.trialSuccesses,
  withheldTrials: memories.withheldTrials,
  withheldSuccesses: memories.withheldSuccesses,
};

export function createReflexionStore(db: Db): ReflexionStore {
  const columns = {
    ...getTableColumns(reflexions),
    tags: memories.tags,
    ...trialColumns,
    embedder: memories.embedder,
    embedding: memories.embedding,
  };
  const alive = () => gt(memories.expiresAt, sql`now()`);
  const lessons = () =>
    db.select(columns).from(reflexions).innerJoin(memories, eq(memories.id, reflexions.memoryId));

  return {
    async put(row, on = db) {
      const [stored] = await on
        .insert(reflexions)
        .values(row)
        .onConflictDoUpdate({
          target: [reflexions.memoryId, reflexions.runId, reflexions.taskId, reflexions.attempt],
          // Changes nothing, and answers with the row that is there.
          set: { attempt: sql`excluded.attempt` },
        })
        .returning();
      return stored as ReflexionRow;
    },

    repeats: (projectId, signature) =>
      db.$count(
        reflexions,
        and(eq(reflexions.projectId, projectId), eq(reflexions.signature, signature)),
      ),

    ofTask: (projectId, runId, taskId) =>
      lessons()
        .where(
          and(
            eq(reflexions.projectId, projectId),
            eq(reflexions.runId, runId),
            eq(reflexions.taskId, taskId),
            alive(),
          ),
        )
        .orderBy(desc(reflexions.createdAt), desc(reflexions.id)),

    inMemories: async (memoryIds) =>
      memoryIds.length === 0
        ? []
        : lessons()
            .where(and(inArray(reflexions.memoryId, [...memoryIds]), alive()))
            .orderBy(reflexions.createdAt, reflexions.id),

    newestIn: (memoryIds) =>
      memoryIds.length === 0
        ? Promise.resolve([])
        : db
            .selectDistinctOn([reflexions.memoryId])
            .from(reflexions)
            .where(inArray(reflexions.memoryId, [...memoryIds]))
            .orderBy(reflexions.memoryId, desc(reflexions.createdAt), desc(reflexions.id)),

    async withSignature(projectId, signature, limit) {
      const rows = await db
        .select({ id: reflexions.memoryId })
        .from(reflexions)
        .where(and(eq(reflexions.projectId, projectId), eq(reflexions.signature, signature)))
        .groupBy(reflexions.memoryId)
        .orderBy(desc(sql`count(*)`))
        .limit(limit);
      return rows.map(({ id }) => id);
    },

    ofProject: (projectId, limit) =>
      lessons()
        .where(and(eq(reflexions.projectId, projectId), alive()))
        .orderBy(desc(reflexions.createdAt), desc(reflexions.id))
        .limit(limit),

    async adoptEvidence(memoryId, { successes: trialSuccesses, ...counts }) {
      const untried = and(eq(memories.trials, 0), eq(memories.withheldTrials, 0));
      await db
        .update(memories)
        .set({ ...counts, trialSuccesses })
        .where(and(eq(memories.id, memoryId), untried));
    },

    async withheld(projectId) {
      const { withheldTrials: trials, withheldSuccesses: successes } = await sumTrials(
        db,
        and(eq(memories.projectId, projectId), gt(memories.withheldTrials, 0)),
      );
      return { trials, successes };
    },

    ofOthers(search, signatures) {
      const query = anyOfWords(search.words);
      const sameError =
        signatures.length > 0 ? inArray(reflexions.signature, [...signatures]) : sql`false`;
      const ofEach = db
        .selectDistinctOn([reflexions.memoryId], {
          id: reflexions.id,
          createdAt: reflexions.createdAt,
          sameError: sql<boolean>`${sameError}`.as('same_error'),
          rank: sql<number>`${textRank(search.words)}`.as('text_rank'),
        })
        .from(reflexions)
        .innerJoin(memories, eq(memories.id, reflexions.memoryId))
        .where(
          and(
            eq(reflexions.projectId, search.projectId),
            alive(),
            sql`(${reflexions.runId}, ${reflexions.taskId}) <> (${search.runId}, ${search.taskId})`,
            or(
              sameError,
              search.tags.length > 0 ? arrayOverlaps(memories.tags, [...search.tags]) : undefined,
              sql`${memories.search} @@ ${query}`,
            ),
          ),
        )
        .orderBy(reflexions.memoryId, desc(sql`same_error`), desc(reflexions.createdAt))
        .as('of_each');
      const best = db
        .select()
        .from(ofEach)
        .orderBy(desc(ofEach.sameError), desc(ofEach.rank), desc(ofEach.createdAt))
        .limit(search.limit)
        .as('best');
      return lessons()
        .innerJoin(best, eq(best.id, reflexions.id))
        .orderBy(desc(best.sameError), desc(best.rank), desc(best.createdAt));
    },
  };
}

/** Over all projects: ended attempts that lessons were for, with them and without. */
export const countLessonTrials = (db: DbOrTx) =>
  sumTrials(
    db,
    sql`${memories.type} = 'reflexion' and ${memories.trials} + ${memories.withheldTrials} > 0`,
  );

async function sumTrials(db: DbOrTx, condition: SQL | undefined) {
  const total = (column: PgColumn) => sql<number>`coalesce(sum(${column}), 0)::int`;
  const [row] = await db
    .select({
      trials: total(trialColumns.trials),
      successes: total(trialColumns.successes),
      withheldTrials: total(trialColumns.withheldTrials),
      withheldSuccesses: total(trialColumns.withheldSuccesses),
    })
    .from(memories)
    .where(condition);
  return row ?? { trials: 0, successes: 0, withheldTrials: 0, withheldSuccesses: 0 };
}
