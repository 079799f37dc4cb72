import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db } from './database.ts';
import { finishRun, withRunLocked } from './run-store.ts';
import { attempts, runs, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';
import { isHeldByNobody } from './worker-store.ts';

/** A cancelled task whose job still waits for something: for its time, or for somebody's answer. */
export type DroppedTask = Pick<TaskRow, 'id' | 'agent' | 'assignment'> & {
  readonly was: 'failed' | 'delayed' | 'parked' | 'other';
};

/**
 * Cancels at once all tasks of a run that is to be aborted, except those that a living worker is at:
 * that worker stops and cancels them itself.
 *
 * @returns what was cancelled; nothing when nobody asked for an abort
 */
export async function cancelUnstarted(db: Db, runId: string): Promise<DroppedTask[]> {
  return db.transaction(async (tx) => {
    const [run] = await tx
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.id, runId), isNotNull(runs.abortRequestedAt)));
    if (run === undefined) return [];
    const open = await tx
      .select()
      .from(tasks)
      .where(
        and(
          eq(tasks.runId, runId),
          sql`(${tasks.state} IN ('waiting', 'failed')
            OR (${tasks.state} = 'running' AND ${isHeldByNobody(tasks)}))`,
        ),
      )
      .orderBy(tasks.id)
      .for('update');
    if (open.length === 0) return [];
    await tx.execute(sql`
      UPDATE ${tasks} SET state = 'cancelled', epoch = epoch + 1, finished_at = now(),
             parked_for = NULL, parked_at = NULL, retry_at = NULL
       WHERE run_id = ${runId} AND id = ANY(${sql.param(open.map(({ id }) => id))}::text[])`);
    await tx.execute(sql`
      UPDATE ${attempts} SET state = 'released', finished_at = now()
       WHERE run_id = ${runId} AND state = 'running'
         AND task_id = ANY(${sql.param(open.map(({ id }) => id))}::text[])`);
    return open.map(({ id, agent, assignment, state, parkings, retryAt }) => ({
      ...{ id, agent, assignment },
      was:
        state === 'failed'
          ? 'failed'
          : parkings > 0
            ? 'parked'
            : retryAt === null
              ? 'other'
              : 'delayed',
    }));
  });
}

/**
 * Ends a run that is to be aborted once nobody works on it any more: whoever stops last calls this,
 * else the reconciler. A run that was stopped for a reason of its own (its deadline) has failed.
 *
 * @returns whether it ended now
 */
export async function finishAborted(db: Db, runId: string): Promise<boolean> {
  const ended = await withRunLocked(db, runId, async (tx, run) => {
    if (run.abortRequestedAt === null || run.finishedAt !== null) return null;
    const unfinished = await tx
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(eq(tasks.runId, runId), sql`${tasks.state} IN ('waiting', 'running', 'failed')`))
      .limit(1);
    return unfinished.length > 0 ? null : run;
  });
  if (ended === null) return false;
  return finishRun(db, runId, ended.error === null ? 'cancelled' : 'failed', ended.error);
}

/**
 * Stops runs whose deadline has passed: like an abort, with the reason.
 *
 * @returns their ids
 */
export async function expireRuns(db: Db): Promise<string[]> {
  const rows = await db
    .update(runs)
    .set({
      abortRequestedAt: sql`now()`,
      error: sql`'The run was not done by its deadline (' ||
        to_char(${runs.deadlineAt} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC).'`,
    })
    .where(
      sql`${runs.deadlineAt} <= now() AND ${runs.finishedAt} IS NULL AND ${runs.abortRequestedAt} IS NULL`,
    )
    .returning({ id: runs.id });
  return rows.map(({ id }) => id);
}

/** Milliseconds until the next deadline of an open run; null when none has one. */
export async function nextDeadline(db: Db): Promise<number | null> {
  const { rows } = await db.execute<{ left: number | null }>(sql`
    SELECT ceil(extract(epoch FROM min(deadline_at) - clock_timestamp()) * 1000)::float8 AS left
      FROM ${runs} WHERE deadline_at IS NOT NULL AND finished_at IS NULL
       AND abort_requested_at IS NULL`);
  return rows[0]?.left ?? null;
}
