import { and, eq, sql, type SQL } from 'drizzle-orm';
import { longestWay, mostWays, whomToGiveWay, type Way } from '../domain/give-way.ts';
import { releasingTaskStates } from '../domain/task.ts';
import type { Db, DbOrTx } from './database.ts';
import type { GrantedTask } from './room-store.ts';
import { tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/**
 * SQL: what a task `o` is changing by its attempt `a`, and will: it has waited for it itself, or its scope
 * has it by name. A glob claims nothing, as most of what it covers stays as it is.
 */
const changing = sql`coalesce(a.files, '{}') || ARRAY(
  SELECT way ->> 'file' FROM jsonb_array_elements(o.gave_way) AS way
  UNION ALL
  SELECT glob FROM jsonb_array_elements_text(o.spec -> 'scope') AS glob WHERE glob !~ '[*?]')`;

/** Files of a task that are compared in the commit of many claims; it may meet anybody with more. */
const mostCompared = 20;

/**
 * SQL, of a row of tasks: it waits, and others of its run change files that begin as a glob of its scope
 * does. Only such a task is weighed, by a claim of its own.
 */
export const mayGiveWay = sql<boolean>`(
  tasks.state = 'waiting' AND tasks.work_commit IS NULL
  AND jsonb_array_length(tasks.spec -> 'scope') > 0
  AND coalesce(jsonb_array_length(tasks.gave_way), 0) < ${mostWays}
  AND EXISTS (
    SELECT 1 FROM aurora.tasks o
      JOIN aurora.attempts a ON a.run_id = o.run_id AND a.task_id = o.id AND a.epoch = o.epoch
     WHERE o.run_id = tasks.run_id AND o.id <> tasks.id AND o.state = 'running'
       AND (coalesce(cardinality(a.files), 0) + jsonb_array_length(o.spec -> 'scope') > ${mostCompared} OR EXISTS (
         SELECT 1 FROM unnest(${changing}) AS file
          WHERE file ^@ ANY (ARRAY(
            SELECT split_part(translate(glob, '?', '*'), '*', 1)
              FROM jsonb_array_elements_text(tasks.spec -> 'scope') AS glob))))))`;

/** Other tasks that are weighed for the slot of one, those that were planned first. */
const mostReady = 50;

/**
 * Whom a task that is being claimed shall let go first, see {@link whomToGiveWay}. Whoever ends that one's
 * attempt from here on finds this task waiting for it: its row is locked until the claim is committed.
 * Where somebody else holds that row, it is being ended or claimed, and nobody is waited for: we hold
 * locks that they may want.
 */
export async function findWay(tx: DbOrTx, task: TaskRow): Promise<Way | null> {
  const { runId, id, agent, spec } = task;
  const busy = await tx.execute<{ taskId: string; files: string[] }>(sql`
    SELECT o.id AS "taskId", ${changing} AS files
      FROM aurora.tasks o
      JOIN aurora.attempts a ON a.run_id = o.run_id AND a.task_id = o.id AND a.epoch = o.epoch
     WHERE o.run_id = ${runId} AND o.id <> ${id} AND o.state = 'running'`);
  const ready = await tx.execute<{ scope: string[] }>(sql`
    SELECT coalesce(t.spec -> 'scope', '[]') AS scope FROM aurora.tasks t
     WHERE t.agent = ${agent} AND t.state = 'waiting' AND t.run_id = ${runId} AND t.id <> ${id}
       AND coalesce(t.parked_for, 'room') = 'room' AND t.queued
       AND coalesce(t.retry_at, now()) <= now()
       AND (t.spec ->> 'priority')::int <= ${spec.priority}
       AND NOT EXISTS (
         SELECT 1 FROM aurora.task_dependencies d
           JOIN aurora.tasks needed ON needed.run_id = d.run_id AND needed.id = d.depends_on
          WHERE d.run_id = t.run_id AND d.task_id = t.id
            AND needed.state NOT IN ${[...releasingTaskStates]})
     ORDER BY t.position LIMIT ${mostReady}`);
  const way = whomToGiveWay(
    { scope: spec.scope, gaveWay: task.gaveWay ?? [] },
    busy.rows,
    ready.rows.map(({ scope }) => scope),
  );
  if (way === null) return null;
  const still = await tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.runId, runId), eq(tasks.id, way.to), eq(tasks.state, 'running')))
    .for('share', { skipLocked: true });
  return still.length > 0 ? way : null;
}

export async function noteWay(
  tx: DbOrTx,
  { runId, id, gaveWay }: TaskRow,
  way: Way,
): Promise<void> {
  await tx
    .update(tasks)
    .set({ gaveWay: [...(gaveWay ?? []), way] })
    .where(and(eq(tasks.runId, runId), eq(tasks.id, id)));
}

/** Lets the tasks go on that have let the named one go first. */
export function freeBehind(
  db: Db,
  { runId, taskId }: { readonly runId: string; readonly taskId: string },
): Promise<GrantedTask[]> {
  return free(db, sql`run_id = ${runId} AND gave_way -> -1 ->> 'to' = ${taskId}`);
}

/** Lets the tasks of some agents go on that have let others go first: there is nothing else to do. */
export function freeWaysOf(db: Db, agents: readonly string[]): Promise<GrantedTask[]> {
  return free(db, sql`agent = ANY(${sql.param([...agents])}::text[])`);
}

/** Lets the tasks of all runs go on that have waited long enough, or for one that does not run any more. */
export function freeOverdueWays(db: Db): Promise<GrantedTask[]> {
  return free(
    db,
    sql`(parked_at < now() - make_interval(secs => ${longestWay})
      OR NOT EXISTS (
        SELECT 1 FROM aurora.tasks first
         WHERE first.run_id = tasks.run_id AND first.id = tasks.gave_way -> -1 ->> 'to'
           AND first.state = 'running'))`,
  );
}

/** @returns those whose gates are to be opened */
async function free(db: Db, which: SQL): Promise<GrantedTask[]> {
  const { rows } = await db.execute<Record<keyof GrantedTask, never>>(sql`
    WITH chosen AS (
      SELECT run_id, id FROM aurora.tasks WHERE parked_for = 'files' AND ${which}
       ORDER BY run_id, id FOR UPDATE
    )
    UPDATE aurora.tasks t SET parked_for = NULL, parked_at = NULL FROM chosen c, aurora.runs r
     WHERE t.run_id = c.run_id AND t.id = c.id AND r.id = t.run_id
    RETURNING t.run_id AS "runId", t.id, t.assignment, r.shard, r.generation`);
  return rows;
}
