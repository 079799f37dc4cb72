import { and, asc, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { MemoryType } from '../domain/memory.ts';
import type { Db } from './database.ts';
import { lockScopes } from './memory-locks.ts';
import { memories, memoryOrigins, memoryScopes } from './schema/memory.ts';

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

type MemoryOrigin = Omit<typeof memoryOrigins.$inferSelect, 'memoryId'>;

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
  /**
   * Merges a memory into another one: uses, tags and outcomes are added up, and what it was is kept as an
   * origin.
   *
   * @returns false when one of them is gone or has changed since it was compared
   */
  merge(projectId: string, kept: ComparedMemory, gone: ComparedMemory): Promise<boolean>;
  /** Notes that a newer memory says the opposite. @returns whether that was not known */
  contradict(older: string, newer: string): Promise<boolean>;
  originsOf(id: string): Promise<readonly MemoryOrigin[]>;
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

    merge: (projectId, kept, gone) =>
      db.transaction(async (tx) => {
        await lockScopes(tx, [projectId]);
        const rows = await tx
          .select()
          .from(memories)
          .where(and(inArray(memories.id, [kept.id, gone.id]), alive))
          .orderBy(memories.id)
          .for('update');
        const [into, from] = [kept, gone].map((wanted) =>
          rows.find((row) => row.id === wanted.id && row.contentHash === wanted.contentHash),
        );
        if (into === undefined || from === undefined) return false;
        const { content, tags, metadata, createdAt } = from;
        await tx
          .insert(memoryOrigins)
          .values({ memoryId: into.id, originId: from.id, content, tags, metadata, createdAt })
          .onConflictDoNothing();
        await tx.execute(sql`
          INSERT INTO aurora.memory_origins
          SELECT ${into.id}, origin_id, content, tags, metadata, created_at, merged_at
            FROM aurora.memory_origins WHERE memory_id = ${from.id}
              ON CONFLICT DO NOTHING`);
        await tx
          .update(memories)
          .set({ contradictedBy: into.id })
          .where(and(eq(memories.contradictedBy, from.id), ne(memories.id, into.id)));
        const union = (one: readonly string[], other: readonly string[]) =>
          [...new Set([...one, ...other])].sort();
        const later = (one: Date, other: Date) => (one > other ? one : other);
        await tx
          .update(memories)
          .set({
            tags: union(into.tags, tags),
            tagText: union(into.tags, tags).join(' '),
            metadata: { ...metadata, ...into.metadata },
            agents: union(into.agents, from.agents),
            uses: into.uses + from.uses,
            outcomes: into.outcomes + from.outcomes,
            successes: into.successes + from.successes,
            createdAt: into.createdAt < createdAt ? into.createdAt : createdAt,
            lastUsedAt: later(into.lastUsedAt, from.lastUsedAt),
            expiresAt: later(into.expiresAt, from.expiresAt),
          })
          .where(eq(memories.id, into.id));
        await tx.delete(memories).where(eq(memories.id, from.id));
        return true;
      }),

    async contradict(older, newer) {
      const noted = await db
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
    },

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

    async keeperOf(originId) {
      const [row] = await db
        .select({ id: memoryOrigins.memoryId })
        .from(memoryOrigins)
        .where(eq(memoryOrigins.originId, originId));
      return row?.id;
    },

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
