import type { Db } from './database.ts';
import { memoryAudit } from './schema/memory.ts';

export type MemoryAuditEntry = Omit<typeof memoryAudit.$inferInsert, 'id' | 'at'>;

export interface MemoryAuditStore {
  append(entries: readonly MemoryAuditEntry[]): Promise<void>;
}

export function createMemoryAuditStore(db: Db): MemoryAuditStore {
  return {
    async append(entries) {
      if (entries.length > 0) await db.insert(memoryAudit).values([...entries]);
    },
  };
}
