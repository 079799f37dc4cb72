import { sql } from 'drizzle-orm';
import { compareCandidates, toCandidate } from '../domain/agent-score.ts';
import type { Substitute } from '../domain/failure-case.ts';
import { readAgentStats } from './agent-stats-store.ts';
import type { DbOrTx } from './database.ts';
import type { TaskRow } from './task-store.ts';
import { workerTimeout } from './worker-store.ts';

/** Who else could do a task. */
export interface Substitutes {
  /** Other agents of its role with its capabilities, by their score: those alive first. */
  readonly others: readonly Substitute[];
  /** The one that is named as the stronger alternative; null when there is none of that name. */
  readonly stronger: Substitute | null;
}

/**
 * The agents that could take a task over from the one that has it, as the record knows them. A task
 * that was planned for one agent by name goes to nobody else but the stronger one.
 *
 * @param strongerAgent name of the agent's stronger alternative, if it has one
 */
export async function listSubstitutes(
  tx: DbOrTx,
  task: Pick<TaskRow, 'agent' | 'spec'>,
  strongerAgent: string | undefined,
): Promise<Substitutes> {
  const { role, agent: fixed, capabilities } = task.spec;
  const wanted = fixed === undefined ? (role ?? null) : null;
  const { rows } = await tx.execute<{
    name: string;
    weight: number;
    concurrency: number;
    live: boolean;
    suspended: boolean;
    equal: boolean;
  }>(sql`
    SELECT a.name, a.weight, a.concurrency,
           EXISTS (SELECT 1 FROM aurora.workers w
                    WHERE w.stopped_at IS NULL AND (w.slots->>a.name)::int > 0
                      AND w.heartbeat_at > now() - make_interval(secs => ${workerTimeout})) AS live,
           EXISTS (SELECT 1 FROM aurora.agent_circuits c
                    WHERE c.agent = a.name AND c.closed_at IS NULL) AS suspended,
           coalesce(a.role = ${wanted}, false)
             AND to_jsonb(a.capabilities) @> ${JSON.stringify(capabilities)}::jsonb AS equal
      FROM aurora.agents a WHERE a.name <> ${task.agent}
     ORDER BY a.name`);
  const toSubstitute = ({ name, live, suspended }: (typeof rows)[number]) => ({
    ...{ name, live, suspended },
  });
  const stronger = rows.find(({ name }) => name === strongerAgent);
  const equals = rows.filter(({ equal }) => equal);
  const stats = equals.length > 1 ? await readAgentStats(tx, equals) : undefined;
  const ranked = equals
    .map((agent) => ({ agent, candidate: toCandidate(agent, stats?.get(agent.name)), planned: 0 }))
    .sort(compareCandidates);
  return {
    others: ranked.map(({ agent }) => toSubstitute(agent)),
    stronger: stronger === undefined ? null : toSubstitute(stronger),
  };
}
