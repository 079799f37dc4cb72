import { sql } from 'drizzle-orm';
import type { Db } from './database.ts';
import { finalFailure } from './metrics-store.ts';

/** Names in `totals` of what forgotten runs count, by state. */
export const prunedTasks = 'pruned_tasks';
export const prunedAttempts = 'pruned_attempts';
export const prunedFailures = 'pruned_failures';
/** By what prevented them; by resolver and outcome, as in `tokens/resolved`. */
export const prunedPrevented = 'pruned_prevented_conflicts';
export const prunedConflicts = 'pruned_merge_conflicts';

/** Ended runs that are looked up at once. */
const runsAtOnce = 20;
/** Rows, and tasks with all that is theirs, of one statement: others get their turn in between. */
const rowsAtOnce = 2_000;
const tasksAtOnce = 500;

/**
 * Forgets runs that ended more than `days` days ago, with their tasks, attempts and messages; what
 * they taught stays in memory, and what they count stays in the totals. A run that is half forgotten
 * when we die is finished by the next call.
 *
 * @param patience milliseconds after which no further run is begun
 * @returns how many runs were forgotten
 */
export async function pruneHistory(db: Db, days: number, patience = Infinity): Promise<number> {
  const end = performance.now() + patience;
  let forgotten = 0;
  for (;;) {
    const { rows } = await db.execute<{ id: string }>(sql`
      SELECT id FROM aurora.runs
       WHERE finished_at < now() - make_interval(days => ${days}) AND left_queue_at IS NOT NULL
       ORDER BY finished_at LIMIT ${runsAtOnce}`);
    for (const { id } of rows) {
      await deleteMessages(db, id);
      while ((await deleteTasks(db, id)) === tasksAtOnce);
      await db.execute(sql`DELETE FROM aurora.runs WHERE id = ${id}`);
      forgotten++;
      if (performance.now() > end) return forgotten;
    }
    if (rows.length < runsAtOnce) return forgotten;
  }
}

/**
 * Counts and deletes some tasks of a run in one commit, one caller at a time: each task is in the totals
 * or in the table, never in both.
 */
function deleteTasks(db: Db, runId: string): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`SELECT 1 FROM aurora.runs WHERE id = ${runId} FOR UPDATE`);
    const { rows } = await tx.execute<{ id: string }>(sql`
      SELECT id FROM aurora.tasks WHERE run_id = ${runId} ORDER BY id LIMIT ${tasksAtOnce}`);
    const some = sql`ANY(${sql.param(rows.map(({ id }) => id))}::text[])`;
    await tx.execute(sql`
      WITH a AS (SELECT * FROM aurora.attempts WHERE run_id = ${runId} AND task_id = ${some})
      INSERT INTO aurora.totals (name, label, value)
      SELECT ${prunedTasks}::text, state, count(*) FROM aurora.tasks
       WHERE run_id = ${runId} AND id = ${some} GROUP BY state
      UNION ALL
      SELECT ${prunedAttempts}::text, state, count(*) FROM a GROUP BY state
      UNION ALL
      SELECT ${prunedFailures}::text, '', count(*) FROM a
       WHERE state = 'failed' AND ${finalFailure} HAVING count(*) > 0
      UNION ALL
      SELECT ${prunedPrevented}::text, by, count(*) FROM aurora.prevented_conflicts
       WHERE run_id = ${runId} AND task_id = ${some} GROUP BY by
      UNION ALL
      SELECT ${prunedConflicts}::text,
             coalesce(resolver, 'none') || CASE WHEN resolved THEN '/resolved' ELSE '/left' END,
             count(*)
        FROM aurora.merge_conflicts WHERE run_id = ${runId} AND task_id = ${some} GROUP BY 2
      ON CONFLICT (name, label) DO UPDATE SET value = aurora.totals.value + excluded.value`);
    await tx.execute(sql`DELETE FROM aurora.tasks WHERE run_id = ${runId} AND id = ${some}`);
    return rows.length;
  });
}

async function deleteMessages(db: Db, runId: string): Promise<void> {
  for (;;) {
    const { rowCount } = await db.execute(sql`
      DELETE FROM aurora.messages WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM aurora.messages WHERE run_id = ${runId} LIMIT ${rowsAtOnce}))`);
    if ((rowCount ?? 0) < rowsAtOnce) return;
  }
}
