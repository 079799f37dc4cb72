import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { mergeConflicts, runs } from './schema/index.ts';

export type MergeConflictRow = typeof mergeConflicts.$inferSelect;

/** Notes the conflicts of an attempt's merge; those of an earlier try of the same merge give way. */
export async function recordMergeConflicts(
  db: Db,
  fence: Fence,
  conflicts: readonly Omit<MergeConflictRow, keyof Fence | 'at'>[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(mergeConflicts).where(ofAttempt(fence));
    if (conflicts.length === 0) return;
    const { runId, taskId, epoch } = fence;
    await tx
      .insert(mergeConflicts)
      .values(conflicts.map((each) => ({ ...each, runId, taskId, epoch })));
  });
}

const ofAttempt = ({ runId, taskId, epoch }: Fence) =>
  and(
    eq(mergeConflicts.runId, runId),
    eq(mergeConflicts.taskId, taskId),
    eq(mergeConflicts.epoch, epoch),
  );

/** The conflicts that a run's merges met, of one task or of all, in the order in which they were. */
export async function listMergeConflicts(
  db: DbOrTx,
  runId: string,
  taskId?: string,
): Promise<MergeConflictRow[]> {
  return db
    .select()
    .from(mergeConflicts)
    .where(
      and(
        eq(mergeConflicts.runId, runId),
        taskId === undefined ? undefined : eq(mergeConflicts.taskId, taskId),
      ),
    )
    .orderBy(mergeConflicts.at, mergeConflicts.taskId, mergeConflicts.path, mergeConflicts.line);
}

/**
 * Earlier resolutions of the same conflicts in the same repository, on whatever machine, whose merge
 * passed its check: the latest of each.
 */
export async function recallResolutions(
  db: DbOrTx,
  repository: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (keys.length === 0) return new Map();
  const rows = await db
    .selectDistinctOn([mergeConflicts.key], {
      key: mergeConflicts.key,
      lines: mergeConflicts.lines,
    })
    .from(mergeConflicts)
    .innerJoin(runs, eq(runs.id, mergeConflicts.runId))
    .where(
      and(
        inArray(mergeConflicts.key, [...keys]),
        eq(runs.repository, repository),
        eq(mergeConflicts.resolved, true),
        eq(mergeConflicts.verified, true),
      ),
    )
    .orderBy(mergeConflicts.key, desc(mergeConflicts.at));
  return new Map(rows.map(({ key, lines }) => [key, lines]));
}

/** How many conflicts were met, by who resolved them. */
export async function countMergeConflicts(
  db: DbOrTx,
): Promise<readonly { resolver: string; resolved: boolean; count: number }[]> {
  return db
    .select({
      resolver: sql<string>`coalesce(${mergeConflicts.resolver}, 'none')`,
      resolved: mergeConflicts.resolved,
      count: sql<number>`count(*)::int`,
    })
    .from(mergeConflicts)
    .groupBy(mergeConflicts.resolver, mergeConflicts.resolved);
}
