import { sql } from 'drizzle-orm';
import type { Db } from './database.ts';

export interface AgentHistory {
  readonly running: number;
  readonly waiting: number;
  /** Share of its last attempts that succeeded; null before the first. */
  readonly successRate: number | null;
}

/** How many of an agent's last attempts its success rate is read from. */
const recentAttempts = 50;

/** Load and recent success of every agent that has tasks or attempts, in one statement. */
export async function agentHistory(db: Db): Promise<Map<string, AgentHistory>> {
  const { rows } = await db.execute<{
    agent: string;
    running: number;
    waiting: number;
    rate: number | null;
  }>(sql`
    WITH load AS (
      SELECT t.agent,
             count(*) FILTER (WHERE t.state = 'running')::int AS running,
             count(*) FILTER (WHERE t.state = 'waiting')::int AS waiting
        FROM aurora.tasks t WHERE t.state IN ('running', 'waiting') GROUP BY t.agent
    ), recent AS (
      SELECT a.agent, a.state, row_number() OVER (PARTITION BY a.agent ORDER BY a.finished_at DESC) AS age
        FROM aurora.attempts a WHERE a.state IN ('succeeded', 'failed')
    ), rate AS (
      SELECT agent, avg((state = 'succeeded')::int)::float8 AS rate
        FROM recent WHERE age <= ${recentAttempts} GROUP BY agent
    )
    SELECT coalesce(load.agent, rate.agent) AS agent, coalesce(running, 0) AS running,
           coalesce(waiting, 0) AS waiting, rate
      FROM load FULL JOIN rate ON load.agent = rate.agent`);
  return new Map(
    rows.map((row) => [
      row.agent,
      { running: row.running, waiting: row.waiting, successRate: row.rate },
    ]),
  );
}
