import { inArray, lte, sql } from 'drizzle-orm';
import type { AttemptOutcome, MemoryUse } from '../domain/memory.ts';
import type { Db, DbOrTx } from './database.ts';
import { fromNow } from './memory-row.ts';
import { keepersOf, strongerUse, trialIdOf } from './merge-memories.ts';
import { memoryTrials } from './schema/memory.ts';

type Trial = typeof memoryTrials.$inferSelect;

/** What attempts had of memory, and how they ended. */
export interface MemoryTrialStore {
  /**
   * Records how an attempt ended, with whatever `count` writes for what was not recorded before. What was
   * merged since the attempt began counts for the memory that it was merged into.
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
      return db.transaction(async (tx) => {
        // Sorted: two attempts that end at once take the locks in the same order.
        const rows = [...(await afterMerges(tx, memories))].sort(([a], [b]) => (a < b ? -1 : 1));
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

/** What an attempt had, by the ids that it goes by now; nothing is merged until the transaction ends. */
async function afterMerges(
  tx: DbOrTx,
  uses: AttemptOutcome['memories'],
): Promise<ReadonlyMap<string, MemoryUse>> {
  const prefix = trialIdOf('');
  const ids = [...uses.keys()]
    .filter((id) => id.startsWith(prefix))
    .map((id) => id.slice(prefix.length));
  if (ids.length === 0) return uses;
  const wanted = sql`${sql.param(ids)}::uuid[]`;
  // Merging takes the scope for itself; storing does not mind.
  await tx.execute(sql`
    SELECT FROM aurora.memory_scopes WHERE project_id IN (
      SELECT project_id FROM aurora.memories WHERE id = ANY (${wanted})
       UNION
      SELECT memory.project_id FROM aurora.memory_origins AS origin
        JOIN aurora.memories AS memory ON memory.id = origin.memory_id
       WHERE origin.origin_id = ANY (${wanted}))
     ORDER BY project_id FOR KEY SHARE`);
  const keepers = await keepersOf(tx, ids);
  const now = new Map<string, MemoryUse>();
  for (const [id, use] of uses) {
    const keeper = keepers.get(id.slice(prefix.length));
    const present = keeper === undefined ? id : trialIdOf(keeper);
    now.set(present, strongerUse(now.get(present) ?? use, use));
  }
  return now;
}
