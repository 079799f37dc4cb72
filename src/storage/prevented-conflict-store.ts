import { eq, sql } from 'drizzle-orm';
import { isWithin } from '../domain/scope-overlap.ts';
import type { DbOrTx } from './database.ts';
import { preventedConflicts } from './schema/index.ts';
import type { Task } from '../domain/task.ts';

export type PreventedConflictRow = typeof preventedConflicts.$inferSelect;
export type PreventedConflict = Pick<PreventedConflictRow, 'otherId' | 'path' | 'by'>;

/**
 * Conflicts that a task's merge would have been open to, had it not begun after the other task was merged:
 * both have changed the file, and it began late because it had let the other one go first (claim), or
 * because the plan has it depend on the other one, and both say the file in their scope (order).
 *
 * @param files that the task's own merge has changed
 */
export async function findPrevented(
  db: DbOrTx,
  { runId, task }: { readonly runId: string; readonly task: Pick<Task, 'id' | 'scope'> },
  files: readonly string[],
): Promise<PreventedConflict[]> {
  const own = sql.param([...files]);
  const { rows } = await db.execute<{
    otherId: string;
    scope: string[];
    gaveWay: boolean;
    files: string[];
  }>(sql`
    WITH earlier AS (
      SELECT d.depends_on AS id, false AS gave_way FROM aurora.task_dependencies d
       WHERE d.run_id = ${runId} AND d.task_id = ${task.id}
      UNION ALL
      SELECT way ->> 'to', true FROM aurora.tasks t, jsonb_array_elements(t.gave_way) AS way
       WHERE t.run_id = ${runId} AND t.id = ${task.id}
    )
    SELECT o.id AS "otherId", coalesce(o.spec -> 'scope', '[]') AS scope, bool_or(earlier.gave_way) AS "gaveWay",
           ARRAY(SELECT unnest(a.files) INTERSECT SELECT unnest(${own}::text[]) ORDER BY 1) AS files
      FROM earlier
      JOIN aurora.tasks t ON t.run_id = ${runId} AND t.id = ${task.id}
      JOIN aurora.tasks o ON o.run_id = t.run_id AND o.id = earlier.id
      JOIN aurora.attempts a ON a.run_id = o.run_id AND a.task_id = o.id AND a.epoch = o.epoch
     -- What was merged before it first began is in the base of all that it has done.
     WHERE o.state = 'done' AND o.finished_at < t.started_at AND a.files && ${own}::text[]
     GROUP BY o.run_id, o.id, a.files`);
  return rows.flatMap(({ otherId, scope, gaveWay, files: both }) =>
    both
      .filter((path) => gaveWay || (isWithin(task.scope, path) && isWithin(scope, path)))
      .map((path) => ({ otherId, path, by: gaveWay ? ('claim' as const) : ('order' as const) })),
  );
}

/** Those of a run, in the order in which they were prevented. */
export function listPreventedConflicts(db: DbOrTx, runId: string): Promise<PreventedConflictRow[]> {
  const { at, taskId, path } = preventedConflicts;
  return db
    .select()
    .from(preventedConflicts)
    .where(eq(preventedConflicts.runId, runId))
    .orderBy(at, taskId, path);
}

/** How many there were, by what prevented them. */
export async function countPreventedConflicts(
  db: DbOrTx,
): Promise<readonly { by: PreventedConflictRow['by']; count: number }[]> {
  const { by } = preventedConflicts;
  return db
    .select({ by, count: sql<number>`count(*)::int` })
    .from(preventedConflicts)
    .groupBy(by);
}
