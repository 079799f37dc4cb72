import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Db } from './database.ts';
import { groupCommit } from './group-commit.ts';
import { appendMessages } from './message-store.ts';
import { withRunLocked } from './run-store.ts';
import { runs } from './schema/index.ts';

/**
 * A run is blocked when nothing of it runs and every waiting task stands behind one that failed or
 * that asked a question.
 * Called after outcomes are committed, and one at a time for a run, so that the last one has seen
 * every outcome.
 */
export async function refreshBlocked(db: Db, runId: string): Promise<void> {
  if (!(await mayChange(db, runId))) return;
  await withRunLocked(db, runId, async (tx) => {
    const { rows } = await tx.execute<{ blocked: boolean }>(sql`
      WITH RECURSIVE stopped AS (
        SELECT id FROM aurora.tasks
         WHERE run_id = ${runId} AND (state = 'failed' OR parked_for = 'answer')
      ), behind AS (
        SELECT id FROM stopped
        UNION
        SELECT d.task_id FROM aurora.task_dependencies d
          JOIN behind b ON d.depends_on = b.id WHERE d.run_id = ${runId}
      )
      SELECT EXISTS (SELECT 1 FROM stopped)
         AND NOT EXISTS (
           SELECT 1 FROM aurora.tasks t WHERE t.run_id = ${runId}
             AND (t.state = 'running'
               OR (t.state = 'waiting' AND t.id NOT IN (SELECT id FROM behind)))
         ) AS blocked`);
    const blocked = rows[0]?.blocked === true;
    const changed = await tx
      .update(runs)
      .set({ state: blocked ? 'blocked' : 'running' })
      .where(
        and(
          eq(runs.id, runId),
          eq(runs.state, blocked ? 'running' : 'blocked'),
          isNull(runs.abortRequestedAt),
        ),
      )
      .returning({ id: runs.id });
    if (blocked && changed.length > 0) {
      await appendMessages(tx, [
        { type: 'RUN_BLOCKED', runId, sender: 'maestro', recipient: 'human', payload: {} },
      ]);
    }
  });
}

/**
 * Whether a run can have become blocked, or free again. As long as something of it runs it has become
 * neither, and the end of that is followed by another look. Asked together, as outcomes are committed.
 */
const mayChange = groupCommit(async (db: Db, runIds: readonly string[]) => {
  const { rows } = await db.execute<{ id: string }>(sql`
    SELECT id FROM aurora.runs r
     WHERE id = ANY(${sql.param([...new Set(runIds)])}::text[])
       AND (state = 'blocked'
         OR (NOT EXISTS (SELECT 1 FROM aurora.tasks t WHERE t.run_id = r.id AND t.state = 'running')
           AND (EXISTS (SELECT 1 FROM aurora.tasks t WHERE t.run_id = r.id AND t.state = 'failed')
             OR EXISTS (SELECT 1 FROM aurora.tasks t
                         WHERE t.run_id = r.id AND t.parked_for = 'answer'))))`);
  const found = new Set(rows.map(({ id }) => id));
  return runIds.map((runId) => found.has(runId));
});
