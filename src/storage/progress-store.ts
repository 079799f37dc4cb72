import { sql, type SQL } from 'drizzle-orm';
import { nothingSpent, type Spend } from '../domain/budget.ts';
import { estimateRemaining, shareDone, type Pace } from '../domain/progress.ts';
import { buildTaskGraph } from '../domain/task-graph.ts';
import { finishedTaskStates } from '../domain/task.ts';
import { readSpend } from './budget-store.ts';
import type { DbOrTx } from './database.ts';
import { listAgentLoads } from './metrics-store.ts';
import { countTasks, type TaskCounts } from './task-counts.ts';
import { type Run } from './run-store.ts';

export interface RunProgress {
  readonly counts: TaskCounts;
  /** Done work over known work, 0 to 1; never less than what anybody has been shown before. */
  readonly share: number;
  readonly spent: Spend;
}

/** How far runs have come. What is shown is kept, so that it never goes back for any reader. */
export async function readProgress(
  db: DbOrTx,
  ofRuns: readonly Pick<Run, 'id' | 'progress'>[],
): Promise<Map<string, RunProgress>> {
  const ids = ofRuns.map(({ id }) => id);
  const [counts, spends] = await Promise.all([countTasks(db, ids), readSpend(db, ids)]);
  const result = new Map<string, RunProgress>();
  const grown = new Map<string, number>();
  for (const { id, progress } of ofRuns) {
    const own = counts.get(id) as TaskCounts;
    const share = shareDone(own);
    if (share > progress) grown.set(id, share);
    const spent = spends.get(id) ?? nothingSpent;
    result.set(id, { counts: own, share: Math.max(share, progress), spent });
  }
  if (grown.size > 0) {
    const values = sql.join(
      [...grown].map(([id, share]) => sql`(${id}, ${share}::float8)`),
      sql`, `,
    );
    const { rows } = await db.execute<{ id: string; progress: number }>(sql`
      UPDATE aurora.runs r SET progress = greatest(r.progress, seen.share)
        FROM (VALUES ${values}) AS seen (id, share) WHERE r.id = seen.id
      RETURNING r.id, r.progress`);
    for (const { id, progress } of rows) {
      result.set(id, { ...(result.get(id) as RunProgress), share: progress });
    }
  }
  return result;
}

/** A task's `kindOf`, where only SQL sees the task. */
const kindIn = (spec: SQL): SQL<string> =>
  sql<string>`coalesce(${spec}->>'role', '') || '/' || coalesce(${spec}->'input'->>'aspect', '')`;

/** How many of an agent's last attempts its pace is read from. */
const recentAttempts = 50;

/** The pace of some agents, and of the kinds of work they did, from recent attempts and live workers. */
export async function readPace(db: DbOrTx, agents: readonly string[]): Promise<Pace> {
  const [loads, { rows }] = await Promise.all([
    listAgentLoads(db),
    db.execute<{ agent: string | null; kind: string | null; time: number }>(sql`
      SELECT agent, kind, sum(took) / count(*) FILTER (WHERE state = 'succeeded') AS time
        FROM unnest(${sql.param([...agents])}::text[]) AS named(agent),
             LATERAL (
               SELECT a.state, extract(epoch FROM a.finished_at - a.started_at)::float8 * 1000 AS took,
                      ${kindIn(sql`t.spec`)} AS kind
                 FROM aurora.attempts a
                 JOIN aurora.tasks t ON t.run_id = a.run_id AND t.id = a.task_id
                WHERE a.agent = named.agent AND a.state IN ('succeeded', 'failed')
                ORDER BY a.finished_at DESC LIMIT ${recentAttempts}) recent
       GROUP BY GROUPING SETS ((agent), (kind))
      HAVING count(*) FILTER (WHERE state = 'succeeded') > 0`),
  ]);
  const times = (of: 'agent' | 'kind') =>
    new Map(rows.flatMap((row) => (row[of] === null ? [] : [[row[of], row.time] as const])));
  return {
    taskTime: times('agent'),
    kindTime: times('kind'),
    slots: new Map(loads.map(({ agent, slots }) => [agent, slots])),
  };
}

/**
 * About how long the unfinished tasks of a run will take, in milliseconds; null when nothing is known
 * yet. Of each it reads what the longest chain of them depends on, which no aggregate can tell.
 */
export async function readRemaining(db: DbOrTx, runId: string): Promise<number | null> {
  // Past the query builder, which for 20,000 tasks takes longer than all the rest.
  const { rows } = await db.execute<{
    readonly id: string;
    readonly agent: string;
    readonly kind: string;
    readonly dependsOn: readonly string[];
    /** Milliseconds since the epoch. */
    readonly runningSince: number | null;
  }>(sql`
    SELECT id, agent, ${kindIn(sql`spec`)} AS kind, spec->'dependsOn' AS "dependsOn",
           CASE WHEN state = 'running'
                THEN extract(epoch FROM started_at)::float8 * 1000 END AS "runningSince"
      FROM aurora.tasks
     WHERE run_id = ${runId}
       AND state <> ALL (${sql.param([...finishedTaskStates])}::text[])
     ORDER BY position`);
  const ids = new Set(rows.map(({ id }) => id));
  const built = buildTaskGraph(
    rows.map(({ id, agent, kind, dependsOn, runningSince }) => ({
      id,
      agent,
      kind,
      dependsOn: dependsOn.filter((other) => ids.has(other)),
      runningSince: runningSince === null ? null : new Date(runningSince),
    })),
  );
  if (!built.ok) return null;
  const pace = await readPace(db, [...new Set(rows.map(({ agent }) => agent))]);
  return estimateRemaining(built.graph.order, pace, new Date());
}
