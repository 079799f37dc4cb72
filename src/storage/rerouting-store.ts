import { sql } from 'drizzle-orm';
import type { WaitingTask } from '../domain/rerouting.ts';
import { releasingTaskStates } from '../domain/task.ts';
import type { Db } from './database.ts';
import { workerTimeout } from './worker-store.ts';

/** Tasks of one agent that are looked at in one go. */
const perAgent = 200;

/**
 * Those of the named agents that nobody serves, and that nobody has served for `grace` milliseconds:
 * a worker that is only being restarted is expected back.
 */
export async function listLostAgents(
  db: Db,
  names: readonly string[],
  grace: number,
): Promise<string[]> {
  const { rows } = await db.execute<{ name: string }>(sql`
    SELECT name FROM unnest(${sql.param([...names])}::text[]) AS name
     WHERE NOT EXISTS (
       SELECT 1 FROM aurora.workers w WHERE (w.slots->>name)::int > 0
          AND CASE WHEN w.stopped_at IS NULL
              THEN w.heartbeat_at > now() - make_interval(secs => ${workerTimeout})
              ELSE w.stopped_at > now() - ${grace} * interval '1 ms' END)`);
  return rows.map(({ name }) => name);
}

/**
 * Tasks of the named agents that could start, the least urgent first, at most 200 of each agent. Not
 * those whose plan names the agent, that are parked, whose run is paused, or whose last reassignment
 * the queue has yet to follow.
 *
 * @param lost of these agents also tasks that wait for their backoff, or that a dead worker still has
 * @param grace milliseconds since the start of a run in which lost agents may only be late
 */
export async function listMovableTasks(
  db: Db,
  names: readonly string[],
  lost: readonly string[],
  grace: number,
): Promise<WaitingTask[]> {
  const { rows } = await db.execute<Record<keyof WaitingTask, never>>(sql`
    SELECT task.* FROM (SELECT name, name = ANY(${sql.param([...lost])}::text[]) AS lost
                          FROM unnest(${sql.param([...names])}::text[]) AS name) held,
    LATERAL (
      SELECT t.run_id AS "runId", t.id AS "taskId", t.epoch, t.agent AS holder,
             t.spec->>'role' AS role, t.spec->'capabilities' AS capabilities,
             coalesce(last.cause IN ('human', 'handed-off'), false) AS pinned,
             (extract(epoch FROM now() - last.created_at) * 1000)::float8 AS "settledFor"
        FROM aurora.tasks t
        JOIN aurora.runs r ON r.id = t.run_id
        LEFT JOIN LATERAL (
          SELECT cause, created_at, replaced_at FROM aurora.reassignments m
           WHERE m.run_id = t.run_id AND m.task_id = t.id ORDER BY m.assignment DESC LIMIT 1
        ) last ON true
       WHERE t.agent = held.name AND t.state IN ('waiting', 'running')
         AND t.parked_for IS NULL AND t.queued AND NOT (t.spec ? 'agent')
         AND r.state IN ('running', 'blocked') AND r.flow_generation = r.generation
         AND r.paused_at IS NULL AND r.abort_requested_at IS NULL
         AND (NOT held.lost OR r.started_at <= now() - ${grace} * interval '1 ms')
         AND (last.cause IS NULL OR last.replaced_at IS NOT NULL)
         AND CASE WHEN t.state = 'waiting' THEN held.lost OR coalesce(t.retry_at, now()) <= now()
             ELSE held.lost AND NOT EXISTS (
               SELECT 1 FROM aurora.attempts a JOIN aurora.workers w ON w.id = a.worker_id
                WHERE a.run_id = t.run_id AND a.task_id = t.id AND a.state = 'running'
                  AND w.stopped_at IS NULL
                  AND w.heartbeat_at > now() - make_interval(secs => ${workerTimeout})) END
         AND NOT EXISTS (
           SELECT 1 FROM aurora.task_dependencies d
             JOIN aurora.tasks needed ON needed.run_id = d.run_id AND needed.id = d.depends_on
            WHERE d.run_id = t.run_id AND d.task_id = t.id
              -- Parts that it has yet to put into the queue.
              AND NOT (needed.parent_id = t.id AND NOT needed.queued)
              AND needed.state NOT IN ${[...releasingTaskStates]})
       ORDER BY r.priority DESC, (t.spec->>'priority')::int DESC, r.created_at DESC, t.position DESC
       LIMIT ${perAgent}
    ) task`);
  return rows;
}
