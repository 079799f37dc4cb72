import { sql } from 'drizzle-orm';
import type { AttemptState } from '../domain/attempt.ts';
import type { RunState } from '../domain/run.ts';
import type { TaskState } from '../domain/task.ts';
import type { DbOrTx } from './database.ts';
import { workerTimeout } from './worker-store.ts';

type Counts<State extends string> = Readonly<Partial<Record<State, number>>>;

/** Aggregates of the whole record. States that nothing is in are left out. */
export interface RecordCounts {
  readonly tasks: Counts<TaskState>;
  readonly runs: Counts<RunState>;
  readonly attempts: Counts<AttemptState>;
  /** Attempts after which a human was asked: each is a task that failed finally. */
  readonly finalFailures: number;
  readonly openEscalations: number;
  /** Runs that wait because their budget is used up. */
  readonly spentRuns: number;
  /** What the attempts of unfinished runs have used. */
  readonly spend: { readonly tokens: number; readonly usd: number };
}

/** Of an attempt: a human was asked after it, its task has failed finally. */
export const finalFailure = sql`decision->>'kind' = 'escalate'`;

/** Counts everything at one moment, in one statement. */
export async function countRecord(db: DbOrTx): Promise<RecordCounts> {
  const { rows } = await db.execute<{ counts: RecordCounts }>(sql`
    WITH a AS (
      SELECT state, count(*) AS n, count(*) FILTER (WHERE ${finalFailure}) AS final
        FROM aurora.attempts GROUP BY state
    )
    SELECT json_build_object(
      'tasks', (SELECT coalesce(json_object_agg(state, n), '{}')
                  FROM (SELECT state, count(*) AS n FROM aurora.tasks GROUP BY state) t),
      'runs', (SELECT coalesce(json_object_agg(state, n), '{}')
                 FROM (SELECT state, count(*) AS n FROM aurora.runs GROUP BY state) r),
      'attempts', (SELECT coalesce(json_object_agg(state, n), '{}') FROM a),
      'finalFailures', (SELECT coalesce(sum(final), 0) FROM a WHERE state = 'failed'),
      'openEscalations', (SELECT count(*) FROM aurora.escalations WHERE state = 'open'),
      'spentRuns', (SELECT count(*) FROM aurora.escalations
                     WHERE state = 'open' AND kind = 'budget'),
      'spend', (SELECT json_build_object(
                  'tokens', coalesce(sum(coalesce((usage ->> 'inputTokens')::float8, 0)
                    + coalesce((usage ->> 'outputTokens')::float8, 0)), 0),
                  'usd', coalesce(sum((usage ->> 'costUsd')::float8), 0))
                  FROM aurora.attempts s JOIN aurora.runs o ON o.id = s.run_id
                 WHERE s.usage IS NOT NULL AND o.finished_at IS NULL)
    ) AS counts`);
  return (rows[0] as { counts: RecordCounts }).counts;
}

/** What an agent's live workers offer, and what they are busy with. */
export interface AgentLoad {
  readonly agent: string;
  readonly workers: number;
  /** Tasks that its live workers can run at once. */
  readonly slots: number;
  readonly running: number;
}

/**
 * The load of every agent that is configured or served. What a dead worker still seems to hold does
 * not count: its slots are gone, and its tasks are about to be given to others.
 */
export async function listAgentLoads(db: DbOrTx): Promise<AgentLoad[]> {
  const { rows } = await db.execute<AgentLoad & Record<string, unknown>>(sql`
    WITH live AS (
      SELECT id, slots FROM aurora.workers
       WHERE stopped_at IS NULL
         AND heartbeat_at > now() - make_interval(secs => ${workerTimeout})
    ), offered AS (
      SELECT s.key AS agent, count(*) AS workers, sum(s.value::int) AS slots
        FROM live, jsonb_each_text(live.slots) s GROUP BY s.key
    ), busy AS (
      SELECT agent, count(*) AS running FROM aurora.attempts
       WHERE state = 'running' AND worker_id IN (SELECT id FROM live) GROUP BY agent
    )
    SELECT names.agent,
           coalesce(workers, 0)::int AS workers,
           coalesce(slots, 0)::int AS slots,
           coalesce(running, 0)::int AS running
      FROM (SELECT name AS agent FROM aurora.agents UNION SELECT agent FROM offered) names
      LEFT JOIN offered USING (agent)
      LEFT JOIN busy USING (agent)
     ORDER BY names.agent`);
  return rows;
}
