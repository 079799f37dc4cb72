import { and, asc, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { MemoryType } from '../domain/memory.ts';
import type { Db } from './database.ts';
import { keepersOf, mergeMemories } from './merge-memories.ts';
import type { MemoryRowIdentity } from './memory-row.ts';
import { memories, memoryOrigins, memoryScopes } from './schema/memory.ts';
import { keyOf } from './working-memory-store.ts';

/** A memory as it is compared with others. */
export interface ComparedMemory {
  readonly id: string;
  readonly type: MemoryType;
  readonly content: string;
  readonly contentHash: string;
  readonly uses: number;
  readonly createdAt: Date;
  readonly sequence: number;
  readonly revision: number;
}

type MemoryOrigin = Omit<typeof memoryOrigins.$inferSelect, 'memoryId' | 'contentHash'>;

/** What keeps working memories in order. */
export interface MemoryUpkeepStore {
  /** A project with changes that were not compared yet. */
  nextScope(): Promise<{ projectId: string; revision: number; consolidated: number } | undefined>;
  /** Memories of a project that came or changed after a revision, in that order. */
  changedSince(
    projectId: string,
    revision: number,
    types: readonly MemoryType[],
    limit: number,
  ): Promise<readonly ComparedMemory[]>;
  /** Those of the ids that may be compared. */
  among(ids: readonly string[]): Promise<readonly ComparedMemory[]>;
  /** All up to this revision were compared. */
  settleScope(projectId: string, revision: number): Promise<void>;
  /** {@link mergeMemories} */
  merge(projectId: string, kept: ComparedMemory, gone: ComparedMemory): Promise<boolean>;
  /** Notes that a newer memory says the opposite. @returns whether that was not known */
  contradict(older: string, newer: string): Promise<boolean>;
  originsOf(id: string): Promise<readonly MemoryOrigin[]>;
  /** What says the same as these memories, since such as these were merged into it, by {@link keyOf}. */
  mergedAs(
    memories: readonly MemoryRowIdentity[],
  ): Promise<ReadonlyMap<string, Pick<ComparedMemory, 'content' | 'contentHash'>>>;
  /** The memory that another one was merged into. */
  keeperOf(originId: string): Promise<string | undefined>;
  /** The older memories that it says the opposite of. */
  contradictedBy(id: string): Promise<readonly string[]>;
  /** Memories that have earned long-term memory: more than 5 uses, over 80 % success, 2 projects. */
  promotable(limit: number): Promise<readonly string[]>;
  /** Promoted, or found to say too little: not looked at again. */
  settlePromotion(id: string): Promise<void>;
  /** How many there are, by project and type. */
  count(projectId: string | undefined): Promise<
    readonly {
      readonly type: MemoryType;
      readonly memories: number;
      readonly contradicted: number;
      readonly merged: number;
    }[]
  >;
}

const compared = {
  id: memories.id,
  type: memories.type,
  content: sql<string>`left(${memories.content}, 8000)`,
  contentHash: memories.contentHash,
  uses: memories.uses,
  createdAt: memories.createdAt,
  sequence: memories.sequence,
  revision: memories.revision,
};

export function createMemoryUpkeepStore(db: Db): MemoryUpkeepStore {
  const alive = gt(memories.expiresAt, sql`now()`);
  /** Turns of conversations are events, and patterns made by rule are renewed by it. */
  const comparable = sql`NOT (${memories.metadata} ?| array['session', 'at', 'signature'])`;

  return {
    async nextScope() {
      const [scope] = await db
        .select({
          projectId: memoryScopes.projectId,
          revision: memoryScopes.revision,
          consolidated: memoryScopes.consolidated,
        })
        .from(memoryScopes)
        .where(gt(memoryScopes.revision, memoryScopes.consolidated))
        .orderBy(memoryScopes.projectId)
        .limit(1);
      return scope;
    },

    changedSince: (projectId, revision, types, limit) =>
      db
        .select(compared)
        .from(memories)
        .where(
          and(
            eq(memories.projectId, projectId),
            gt(memories.revision, revision),
            inArray(memories.type, [...types]),
            comparable,
            alive,
          ),
        )
        .orderBy(asc(memories.revision))
        .limit(limit),

    among: (ids) =>
      db
        .select(compared)
        .from(memories)
        .where(and(sql`${memories.id} = any(${sql.param(ids)}::uuid[])`, comparable, alive)),

    async settleScope(projectId, revision) {
      await db
        .update(memoryScopes)
        .set({ consolidated: revision })
        .where(and(eq(memoryScopes.projectId, projectId), lt(memoryScopes.consolidated, revision)));
    },

    merge: (projectId, kept, gone) => mergeMemories(db, projectId, kept, gone),

    contradict: (older, newer) =>
      db.transaction(async (tx) => {
        // It may have been the older one, before it was stored again.
        await tx
          .update(memories)
          .set({ contradictedBy: null })
          .where(and(eq(memories.id, newer), eq(memories.contradictedBy, older)));
        const noted = await tx
          .update(memories)
          .set({ contradictedBy: newer })
          .where(
            and(
              eq(memories.id, older),
              or(isNull(memories.contradictedBy), ne(memories.contradictedBy, newer)),
              sql`EXISTS (SELECT FROM aurora.memories WHERE id = ${newer})`,
            ),
          )
          .returning({ id: memories.id });
        return noted.length > 0;
      }),

    originsOf: (id) =>
      db
        .select({
          originId: memoryOrigins.originId,
          content: memoryOrigins.content,
          tags: memoryOrigins.tags,
          metadata: memoryOrigins.metadata,
          createdAt: memoryOrigins.createdAt,
          mergedAt: memoryOrigins.mergedAt,
        })
        .from(memoryOrigins)
        .where(eq(memoryOrigins.memoryId, id))
        .orderBy(asc(memoryOrigins.createdAt)),

    async mergedAs(wanted) {
      const rows = await db
        .select({
          ...{ projectId: memories.projectId, type: memories.type, content: memories.content },
          ...{ contentHash: memories.contentHash, origin: memoryOrigins.contentHash },
        })
        .from(memoryOrigins)
        .innerJoin(memories, eq(memories.id, memoryOrigins.memoryId))
        .where(
          and(
            sql`${memoryOrigins.contentHash} = any(${sql.param(wanted.map((each) => each.contentHash))}::text[])`,
            alive,
          ),
        );
      return new Map(
        rows.map(({ origin, projectId, type, ...kept }) => [
          keyOf({ projectId, type, contentHash: origin }),
          kept,
        ]),
      );
    },

    keeperOf: async (originId) => (await keepersOf(db, [originId])).get(originId),

    async contradictedBy(id) {
      const rows = await db
        .select({ id: memories.id })
        .from(memories)
        .where(and(eq(memories.contradictedBy, id), alive));
      return rows.map((row) => row.id);
    },

    async promotable(limit) {
      const rows = await db
        .select({ id: memories.id })
        .from(memories)
        .where(
          and(
            isNull(memories.promotionSettledAt),
            gt(memories.outcomes, 0),
            gt(memories.uses, 5),
            sql`${memories.successes} > 0.8 * ${memories.outcomes}`,
            isNull(memories.contradictedBy),
            alive,
            sql`(SELECT count(DISTINCT other.project_id) FROM aurora.memories AS other
                  WHERE other.general_hash = ${memories.generalHash} AND other.expires_at > now()) >= 2`,
          ),
        )
        .limit(limit);
      return rows.map(({ id }) => id);
    },

    async settlePromotion(id) {
      await db
        .update(memories)
        .set({ promotionSettledAt: sql`now()` })
        .where(eq(memories.id, id));
    },

    count: (projectId) =>
      db
        .select({
          type: memories.type,
          memories: sql<number>`count(*)::int`,
          contradicted: sql<number>`count(${memories.contradictedBy})::int`,
          merged: sql<number>`coalesce(sum((SELECT count(*) FROM aurora.memory_origins AS origin
             WHERE origin.memory_id = ${memories.id})), 0)::int`,
        })
        .from(memories)
        .where(and(projectId === undefined ? undefined : eq(memories.projectId, projectId), alive))
        .groupBy(memories.type)
        .orderBy(memories.type),
  };
}
