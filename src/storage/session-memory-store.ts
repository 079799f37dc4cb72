import { and, arrayOverlaps, desc, eq, getTableColumns, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Db } from './database.ts';
import {
  fromNow,
  onRepeatedStore,
  onUse,
  sameMemory,
  type MemoryRowIdentity,
  type NewMemoryRow,
} from './memory-row.ts';
import { hasEarnedWorking, sessionMemories } from './schema/memory.ts';

const { promotionSettledAt: _promotionSettledAt, ...columns } = getTableColumns(sessionMemories);

export type SessionMemoryRow = Omit<typeof sessionMemories.$inferSelect, 'promotionSettledAt'>;

/** Short-term memories in Postgres. Lifetimes are in milliseconds. */
export interface SessionMemoryStore {
  /** What ids look like: Postgres refuses anything but a UUID with an error. */
  readonly idForm: 'uuid' | 'any';
  put(row: NewMemoryRow, lifetime: number): Promise<SessionMemoryRow>;
  get(id: string): Promise<SessionMemoryRow | undefined>;
  idOf(memory: MemoryRowIdentity): Promise<string | undefined>;
  /** The project's live memories, the most recently used first. */
  recent(
    projectId: string,
    tags: readonly string[],
    limit: number,
  ): Promise<readonly SessionMemoryRow[]>;
  markUsed(ids: readonly string[], agent: string | undefined, lifetime: number): Promise<void>;
  recordOutcome(ids: readonly string[], succeeded: boolean): Promise<void>;
  /** Those that have earned working memory and are not there yet; among these ids, or of all. */
  promotable(limit: number, among?: readonly string[]): Promise<readonly string[]>;
  /** It went there. */
  settlePromotion(id: string): Promise<void>;
  remove(id: string): Promise<boolean>;
  removeExpired(): Promise<number>;
}

export function createSessionMemoryStore(db: Db): SessionMemoryStore {
  const table = sessionMemories;
  const alive = () => gt(table.expiresAt, sql`now()`);
  /** Locks rows in one order everywhere: two attempts often use the same memories at once. */
  const inOrder = (ids: readonly string[]) =>
    db
      .select({ id: table.id })
      .from(table)
      .where(inArray(table.id, [...ids]))
      .orderBy(table.id)
      .for('update');
  return {
    idForm: 'uuid',
    async put(row, lifetime) {
      const [stored] = await db
        .insert(table)
        .values({
          ...row,
          tags: [...row.tags],
          metadata: { ...row.metadata },
          expiresAt: fromNow(lifetime),
        })
        .onConflictDoUpdate({
          target: [table.projectId, table.type, table.contentHash],
          set: {
            ...onRepeatedStore(table, lifetime),
            promotionSettledAt: sql`case when ${table.expiresAt} > now() then ${table.promotionSettledAt} end`,
          },
        })
        .returning(columns);
      return stored as SessionMemoryRow;
    },
    async get(id) {
      const [row] = await db
        .select(columns)
        .from(table)
        .where(and(eq(table.id, id), alive()));
      return row;
    },
    async idOf(memory) {
      const [row] = await db.select({ id: table.id }).from(table).where(sameMemory(table, memory));
      return row?.id;
    },
    recent: (projectId, tags, limit) =>
      db
        .select(columns)
        .from(table)
        .where(
          and(
            eq(table.projectId, projectId),
            alive(),
            tags.length > 0 ? arrayOverlaps(table.tags, [...tags]) : undefined,
          ),
        )
        .orderBy(desc(table.lastUsedAt))
        .limit(limit),
    async markUsed(ids, agent, lifetime) {
      await db
        .update(table)
        .set(onUse(table, agent, lifetime))
        .where(and(inArray(table.id, inOrder(ids)), alive()));
    },
    async recordOutcome(ids, succeeded) {
      await db
        .update(table)
        .set({
          outcomes: sql`${table.outcomes} + 1`,
          successes: sql`${table.successes} + ${succeeded ? 1 : 0}`,
        })
        .where(inArray(table.id, inOrder(ids)));
    },
    async promotable(limit, among) {
      const rows = await db
        .select({ id: table.id })
        .from(table)
        .where(
          and(
            hasEarnedWorking(table),
            alive(),
            among === undefined ? undefined : inArray(table.id, [...among]),
          ),
        )
        .limit(limit);
      return rows.map(({ id }) => id);
    },
    async settlePromotion(id) {
      await db
        .update(table)
        .set({ promotionSettledAt: sql`now()` })
        .where(eq(table.id, id));
    },
    async remove(id) {
      const removed = await db.delete(table).where(eq(table.id, id)).returning({ id: table.id });
      return removed.length > 0;
    },
    async removeExpired() {
      const removed = await db
        .delete(table)
        .where(lte(table.expiresAt, sql`now()`))
        .returning({ id: table.id });
      return removed.length;
    },
  };
}
