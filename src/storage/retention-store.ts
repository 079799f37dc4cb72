import { sql } from 'drizzle-orm';
import type { Db } from './database.ts';
import { finalFailure } from './metrics-store.ts';

/** Names in `totals` of what forgotten runs count, by state. */
export const prunedTasks = 'pruned_tasks';
export const prunedAttempts = 'pruned_attempts';
export const prunedFailures = 'pruned_failures';

/** Ended runs that are forgotten in one go; the rest has its turn at the next. */
const runsAtOnce = 20;
/** Rows that one statement deletes: other transactions get their turn in between. */
const rowsAtOnce = 2_000;

/**
 * Forgets runs that ended more than `days` days ago, with their tasks, attempts and messages; what
 * they taught stays in memory, and what they count stays in the totals. A run that is half forgotten
 * when we die is finished by the next call.
 *
 * @returns how many runs were forgotten
 */
export async function pruneHistory(db: Db, days: number): Promise<number> {
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT id FROM aurora.runs
     WHERE finished_at < now() - make_interval(days => ${days}) AND left_queue_at IS NOT NULL
     ORDER BY finished_at LIMIT ${runsAtOnce}`);
  for (const { id } of rows) {
    await deleteMessages(db, id);
    // Counted and deleted in one commit, so that each is in the totals or in the tables, never in both.
    await db.transaction(async (tx) => {
      await tx.execute(sql`
        INSERT INTO aurora.totals (name, label, value)
        SELECT ${prunedTasks}::text, state, count(*) FROM aurora.tasks WHERE run_id = ${id} GROUP BY state
        UNION ALL
        SELECT ${prunedAttempts}::text, state, count(*) FROM aurora.attempts WHERE run_id = ${id} GROUP BY state
        UNION ALL
        SELECT ${prunedFailures}::text, '', count(*) FROM aurora.attempts
         WHERE run_id = ${id} AND state = 'failed' AND ${finalFailure} HAVING count(*) > 0
        ON CONFLICT (name, label) DO UPDATE SET value = aurora.totals.value + excluded.value`);
      await tx.execute(sql`DELETE FROM aurora.runs WHERE id = ${id}`);
    });
  }
  return rows.length;
}

async function deleteMessages(db: Db, runId: string): Promise<void> {
  for (;;) {
    const { rowCount } = await db.execute(sql`
      DELETE FROM aurora.messages WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM aurora.messages WHERE run_id = ${runId} LIMIT ${rowsAtOnce}))`);
    if ((rowCount ?? 0) < rowsAtOnce) return;
  }
}
