import { eq, sql } from 'drizzle-orm';
import type { MemoryTierName } from '../domain/memory.ts';
import type { Db } from './database.ts';
import { memoryAudit } from './schema/memory.ts';

export type MemoryAuditEntry = Omit<typeof memoryAudit.$inferInsert, 'id' | 'at'>;

export interface MemoryAuditStore {
  append(entries: readonly MemoryAuditEntry[]): Promise<void>;
  /** How often what was done; a sweep counts as the memories that it took. */
  count(projectId: string | undefined): Promise<
    readonly {
      readonly action: MemoryAuditEntry['action'];
      readonly tier: MemoryTierName;
      readonly count: number;
    }[]
  >;
}

export function createMemoryAuditStore(db: Db): MemoryAuditStore {
  return {
    async append(entries) {
      if (entries.length > 0) await db.insert(memoryAudit).values([...entries]);
    },
    count: (projectId) =>
      db
        .select({
          action: memoryAudit.action,
          tier: memoryAudit.tier,
          count: sql<number>`sum(coalesce((${memoryAudit.detail} ->> 'count')::int, 1))::int`,
        })
        .from(memoryAudit)
        .where(projectId === undefined ? undefined : eq(memoryAudit.projectId, projectId))
        .groupBy(memoryAudit.action, memoryAudit.tier)
        .orderBy(memoryAudit.action, memoryAudit.tier),
  };
}
