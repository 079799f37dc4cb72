import { eq, sql } from 'drizzle-orm';
import type { Db, DbOrTx } from './database.ts';
import type { UnparkedTask } from './park-store.ts';
import type { Run } from './run-store.ts';
import { projects, runs } from './schema/index.ts';

/**
 * Seconds for which room that was given to a parked task is kept for it. Then others may have it: its
 * agent may have no worker.
 */
const grantLifetime = 30;

/** Those who take or give room in a project take turns, so that no two see the same free room. */
const takeTurn = (projectId: string) =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended(${`room:${projectId}`}, 0))`;

/**
 * SQL: tasks that have room: running ones by the record, and those that room was just given to. Each
 * part has an index as small as what it finds. With OR instead, or looked at run by run, each claim
 * would see all tasks that wait (measured: half a second for 10,000 of them in 500 runs).
 */
const occupying = sql`occupying AS MATERIALIZED (
  SELECT run_id, id FROM aurora.tasks WHERE state = 'running'
  UNION ALL
  SELECT run_id, id FROM aurora.tasks
   WHERE state = 'waiting' AND room_granted_at > now() - make_interval(secs => ${grantLifetime}))`;

/**
 * Whether one more task of the run may run, by the limits of the run and its project. Counted from
 * the record under a lock that lasts until the claim is committed, so the limit is exact however many
 * workers claim at once.
 */
export async function takeRoom(
  tx: DbOrTx,
  run: Run,
  projectMax: number | null,
  taskId: string,
): Promise<boolean> {
  const runMax = run.maxParallel;
  if (runMax === null && projectMax === null) return true;
  await tx.execute(takeTurn(run.projectId));
  const { rows } = await tx.execute<{ own: number; all: number }>(sql`
    WITH ${occupying}
    SELECT count(*) FILTER (WHERE t.run_id = ${run.id})::int AS own, count(*)::int AS all
      FROM occupying t JOIN aurora.runs r ON r.id = t.run_id
     WHERE r.project_id = ${run.projectId} AND r.finished_at IS NULL
       AND NOT (t.run_id = ${run.id} AND t.id = ${taskId})`);
  const { own, all } = rows[0] ?? { own: 0, all: 0 };
  return own < (runMax ?? Infinity) && all < (projectMax ?? Infinity);
}

/** A task that was given room, with where its job is. */
export type GrantedTask = UnparkedTask & Pick<Run, 'shard' | 'generation'>;

/**
 * Gives the free room of a run's project to the tasks that are parked for it: first the more urgent,
 * then those that wait longest. What is given counts as taken until the task is claimed, so that
 * nobody who comes later gets in between.
 *
 * @returns the tasks whose gates are to be opened
 */
export async function grantRoom(db: Db, runId: string): Promise<GrantedTask[]> {
  return db.transaction(async (tx) => {
    const [project] = await tx
      .select({ id: projects.id, max: projects.maxParallel })
      .from(runs)
      .innerJoin(projects, eq(projects.id, runs.projectId))
      .where(eq(runs.id, runId));
    if (project === undefined) return [];
    await tx.execute(takeTurn(project.id));
    const { rows } = await tx.execute<{
      run_id: string;
      id: string;
      assignment: number;
      shard: number;
      generation: number;
    }>(sql`
      WITH ${occupying}, open AS (
        SELECT * FROM aurora.runs WHERE project_id = ${project.id} AND finished_at IS NULL
      ), load AS (
        SELECT t.run_id, count(*)::int AS n FROM occupying t JOIN open ON open.id = t.run_id
         GROUP BY t.run_id
      ), candidates AS (
        SELECT t.run_id, t.id, t.parked_at, open.priority AS run_priority,
               (t.spec ->> 'priority')::int AS priority,
               coalesce(load.n, 0) + row_number() OVER (
                 PARTITION BY t.run_id ORDER BY (t.spec ->> 'priority')::int, t.parked_at
               ) AS place, open.max_parallel
          FROM aurora.tasks t JOIN open ON open.id = t.run_id
          LEFT JOIN load ON load.run_id = t.run_id
         WHERE t.parked_for = 'room' AND open.paused_at IS NULL AND open.abort_requested_at IS NULL
      ), chosen AS (
        SELECT run_id, id FROM candidates WHERE max_parallel IS NULL OR place <= max_parallel
         ORDER BY run_priority, priority, parked_at
         LIMIT CASE WHEN ${project.max}::int IS NOT NULL
           THEN greatest(0, ${project.max}::int - (SELECT coalesce(sum(n), 0) FROM load)) END
      )
      UPDATE aurora.tasks t SET parked_for = NULL, parked_at = NULL, room_granted_at = now()
        FROM chosen, open
       WHERE t.run_id = chosen.run_id AND t.id = chosen.id AND open.id = t.run_id
      RETURNING t.run_id, t.id, t.assignment, open.shard, open.generation`);
    return rows.map(({ run_id, ...task }) => ({ runId: run_id, ...task }));
  });
}
