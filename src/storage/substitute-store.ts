import { sql } from 'drizzle-orm';
import type { Substitute } from '../domain/failure-case.ts';
import type { DbOrTx } from './database.ts';
import type { TaskRow } from './task-store.ts';
import { workerTimeout } from './worker-store.ts';

/** Who else could do a task. */
export interface Substitutes {
  /** Other agents of its role with its capabilities: those alive first, then by weight. */
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
  const { rows } = await tx.execute<{ name: string; live: boolean; equal: boolean }>(sql`
    SELECT a.name,
           EXISTS (SELECT 1 FROM aurora.workers w
                    WHERE w.stopped_at IS NULL AND (w.slots->>a.name)::int > 0
                      AND w.heartbeat_at > now() - make_interval(secs => ${workerTimeout})) AS live,
           coalesce(a.role = ${wanted}, false)
             AND to_jsonb(a.capabilities) @> ${JSON.stringify(capabilities)}::jsonb AS equal
      FROM aurora.agents a WHERE a.name <> ${task.agent}
     ORDER BY live DESC, a.weight DESC, a.name`);
  const known = rows.map(({ equal, ...one }) => ({ ...one, suspended: false, equal }));
  const toSubstitute = ({ name, live, suspended }: (typeof known)[number]) => ({
    ...{ name, live, suspended },
  });
  const stronger = known.find(({ name }) => name === strongerAgent);
  return {
    others: known.filter(({ equal }) => equal).map(toSubstitute),
    stronger: stronger === undefined ? null : toSubstitute(stronger),
  };
}
