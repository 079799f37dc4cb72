import { and, arrayOverlaps, desc, eq, getTableColumns, gt, inArray, or, sql } from 'drizzle-orm';
import type { Db, DbOrTx } from './database.ts';
import { memories, reflexions } from './schema/memory.ts';
import { anyOfWords, textRank } from './working-memory-store.ts';

type ReflexionRow = typeof reflexions.$inferSelect;

/** A reflexion with what its memory adds to it. */
export interface LessonRow extends ReflexionRow {
  readonly tags: readonly string[];
  readonly embedder: string;
  readonly embedding: Buffer;
}

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
  /** Reflexions of the project's other tasks that share a signature, a tag or a word. */
  ofOthers(search: LessonSearch, signatures: readonly string[]): Promise<readonly LessonRow[]>;
}

export function createReflexionStore(db: Db): ReflexionStore {
  const columns = {
    ...getTableColumns(reflexions),
    tags: memories.tags,
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
          target: [reflexions.memoryId, reflexions.runId, reflexions.taskId],
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

    ofOthers(search, signatures) {
      const query = anyOfWords(search.words);
      const sameError =
        signatures.length > 0 ? inArray(reflexions.signature, [...signatures]) : undefined;
      return lessons()
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
        .orderBy(
          ...(sameError === undefined ? [] : [desc(sameError)]),
          desc(textRank(search.words)),
          desc(reflexions.createdAt),
        )
        .limit(search.limit);
    },
  };
}
