import { sql } from 'drizzle-orm';
import { finishedTaskStates, releasingTaskStates } from '../domain/task.ts';
import type { DbOrTx } from './database.ts';
import type { TaskRow } from './task-store.ts';
import { workerTimeout } from './worker-store.ts';

/** What the queue may have to learn of a run. */
export interface RunSurvey {
  /** It is not known to have followed a reassignment. */
  readonly isReassigned: boolean;
  /** A task that was parked is skipped: its job can still stand behind a gate. */
  readonly hasSkippedParked: boolean;
  readonly waitsForRoom: boolean;
}

/** One statement for all runs: of nearly all of them there is nothing to learn. */
export async function surveyRuns(
  db: DbOrTx,
  runIds: readonly string[],
): Promise<Map<string, RunSurvey>> {
  const { rows } = await db.execute<{ id: string } & Record<keyof RunSurvey, boolean>>(sql`
    SELECT id,
           EXISTS (SELECT 1 FROM aurora.reassignments m
                    WHERE m.run_id = run.id AND m.replaced_at IS NULL) AS "isReassigned",
           EXISTS (SELECT 1 FROM aurora.tasks t
                    WHERE t.run_id = run.id AND t.state = 'skipped' AND t.parkings > 0)
             AS "hasSkippedParked",
           EXISTS (SELECT 1 FROM aurora.tasks t
                    WHERE t.run_id = run.id AND t.parked_for = 'room') AS "waitsForRoom"
      FROM unnest(${sql.param([...runIds])}::text[]) AS run (id)`);
  return new Map(rows.map(({ id, ...survey }) => [id, survey]));
}

/** A task that waits for nothing but a worker, be it one that puts its parts into the queue. */
export interface ReadyTask extends Pick<TaskRow, 'runId' | 'id' | 'agent' | 'assignment'> {
  /** Its dependencies that are finished. */
  readonly finished: readonly string[];
}

/**
 * Tasks of some runs that wait for nothing but a worker, or that somebody holds who is gone: the first
 * of each run, in the order of its plan.
 *
 * @param limit of one run
 */
export async function listReadyTasks(
  db: DbOrTx,
  runIds: readonly string[],
  limit: number,
): Promise<ReadyTask[]> {
  const { rows } = await db.execute<Record<keyof ReadyTask, never>>(sql`
    SELECT ready.* FROM unnest(${sql.param([...runIds])}::text[]) AS run (id), LATERAL (
      SELECT t.run_id AS "runId", t.id, t.agent, t.assignment,
             ARRAY(SELECT d.depends_on FROM aurora.task_dependencies d
                     JOIN aurora.tasks f ON f.run_id = d.run_id AND f.id = d.depends_on
                    WHERE d.run_id = t.run_id AND d.task_id = t.id
                      AND f.state IN ${[...finishedTaskStates]}) AS finished
        FROM aurora.tasks t
       WHERE t.run_id = run.id AND t.parked_for IS NULL
         -- A part's job comes from that of the task that was split.
         AND t.queued
         AND (t.state = 'waiting' OR (t.state = 'running' AND NOT EXISTS (
           SELECT 1 FROM aurora.attempts held JOIN aurora.workers holder ON holder.id = held.worker_id
            WHERE held.run_id = t.run_id AND held.task_id = t.id AND held.state = 'running'
              AND holder.stopped_at IS NULL
              AND holder.heartbeat_at > now() - make_interval(secs => ${workerTimeout}))))
         AND coalesce(t.retry_at, now()) <= now()
         AND NOT EXISTS (
           SELECT 1 FROM aurora.task_dependencies edge
             JOIN aurora.tasks needed ON needed.run_id = edge.run_id AND needed.id = edge.depends_on
            WHERE edge.run_id = t.run_id AND edge.task_id = t.id
              AND NOT (needed.parent_id = edge.task_id AND NOT needed.queued)
              AND needed.state NOT IN ${[...releasingTaskStates]})
         -- A job that is being replaced is looked after with its reassignment.
         AND NOT EXISTS (
           SELECT 1 FROM aurora.reassignments pending
            WHERE pending.run_id = t.run_id AND pending.task_id = t.id
              AND pending.replaced_at IS NULL)
       ORDER BY t.position LIMIT ${limit}) ready`);
  return rows;
}
