import { eq, sql } from 'drizzle-orm';
import { scoreOf, toCandidate, type AgentScore, type AgentStats } from '../domain/agent-score.ts';
import type { FailureClass } from '../domain/failure.ts';
import { longestMemory } from '../domain/success-rate.ts';
import type { DbOrTx } from './database.ts';
import { agents as agentTable } from './schema/index.ts';
import { workerTimeout } from './worker-store.ts';

/** How many of an agent's last attempts are looked at. */
const recentAttempts = 100;

/** Failures that say nothing about the agent. */
const notItsFault: readonly FailureClass[] = ['unavailable', 'bug', 'cancelled'];

/** What agents are scored by, in one statement: live workers, slots, load, recent attempts. */
export async function readAgentStats(
  db: DbOrTx,
  agents: readonly { readonly name: string }[],
): Promise<Map<string, AgentStats>> {
  const names = [...new Set(agents.map(({ name }) => name))];
  const { rows } = await db.execute<
    { [Name in keyof AgentStats]: AgentStats[Name] } & { name: string }
  >(sql`
    SELECT name, live.workers AS "liveWorkers", live.slots, load.running, load.waiting, history.past,
           EXISTS (SELECT 1 FROM aurora.agent_circuits c
                    WHERE c.agent = name AND c.closed_at IS NULL) AS suspended
      FROM unnest(${sql.param(names)}::text[]) AS name,
      LATERAL (
        SELECT count(*)::int AS workers, coalesce(sum((w.slots->>name)::int), 0)::int AS slots
          FROM aurora.workers w
         WHERE w.stopped_at IS NULL AND (w.slots->>name)::int > 0
           AND w.heartbeat_at > now() - make_interval(secs => ${workerTimeout})
      ) live,
      LATERAL (
        SELECT count(*) FILTER (WHERE t.state = 'running')::int AS running,
               count(*) FILTER (WHERE t.state = 'waiting')::int AS waiting
          FROM aurora.tasks t WHERE t.agent = name AND t.state IN ('running', 'waiting')
      ) load,
      LATERAL (
        SELECT coalesce(json_agg(json_build_object('succeeded', state = 'succeeded',
                 'age', extract(epoch FROM now() - finished_at) * 1000)), '[]') AS past
          FROM (
            SELECT a.state, a.finished_at FROM aurora.attempts a
             WHERE a.agent = name AND a.state IN ('succeeded', 'failed')
               AND a.finished_at > now() - ${longestMemory} * interval '1 ms'
               AND coalesce(a.failure->>'class', '') NOT IN ${[...notItsFault]}
             ORDER BY a.finished_at DESC LIMIT ${recentAttempts}
          ) recent
      ) history`);
  return new Map(rows.map(({ name, ...stats }) => [name, stats]));
}

/** The score of an agent at this moment; null when the record does not know it. */
export async function scoreAgent(db: DbOrTx, name: string): Promise<AgentScore | null> {
  const [agent] = await db.select().from(agentTable).where(eq(agentTable.name, name));
  if (agent === undefined) return null;
  const stats = await readAgentStats(db, [agent]);
  return scoreOf(toCandidate(agent, stats.get(name)));
}
