import { inArray, lte } from 'drizzle-orm';
import type { AttemptOutcome } from '../domain/memory.ts';
import type { Db, DbOrTx } from './database.ts';
import { fromNow } from './memory-row.ts';
import { memoryTrials } from './schema/memory.ts';

type Trial = typeof memoryTrials.$inferSelect;

/** What attempts had of memory, and how they ended. */
export interface MemoryTrialStore {
  /**
   * Records how an attempt ended, with whatever `count` writes for what was not recorded before.
   *
   * @returns what was recorded now
   */
  record(
    outcome: AttemptOutcome,
    count: (tx: DbOrTx, trials: readonly Trial[]) => Promise<void>,
  ): Promise<readonly Trial[]>;
  removeOf(memoryIds: readonly string[]): Promise<void>;
  /** Removes trials older than this many milliseconds; their counts stay with the lessons. */
  removeOlderThan(age: number): Promise<void>;
}

export function createMemoryTrialStore(db: Db): MemoryTrialStore {
  return {
    async record({ memories, ...attempt }, count) {
      if (memories.size === 0) return [];
      // Sorted: two attempts that end at once take the locks in the same order.
      const rows = [...memories].sort(([a], [b]) => (a < b ? -1 : 1));
      return db.transaction(async (tx) => {
        const trials = await tx
          .insert(memoryTrials)
          .values(rows.map(([memoryId, use]) => ({ ...attempt, memoryId, use })))
          .onConflictDoNothing()
          .returning();
        if (trials.length > 0) await count(tx, trials);
        return trials;
      });
    },

    async removeOf(memoryIds) {
      await db.delete(memoryTrials).where(inArray(memoryTrials.memoryId, [...memoryIds]));
    },

    async removeOlderThan(age) {
      await db.delete(memoryTrials).where(lte(memoryTrials.at, fromNow(-age)));
    },
  };
}
