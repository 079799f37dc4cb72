import { z } from 'zod';
import { roles } from '../../domain/role.ts';
import { listSuspended } from '../../storage/circuit-store.ts';
import type { Db } from '../../storage/database.ts';
import { listAgentLoads } from '../../storage/metrics-store.ts';
import { listAgents } from '../../storage/worker-store.ts';

export const agentResourceSchema = z.object({
  name: z.string(),
  role: z.enum(roles),
  capabilities: z.array(z.string()),
  weight: z.number(),
  /** Tasks at once in one worker process. */
  concurrency: z.number(),
  executor: z.string(),
  /** Live worker processes that serve it. */
  workers: z.number(),
  /** Tasks that these can run at once. */
  slots: z.number(),
  running: z.number(),
  /** Why its tasks wait: its attempts keep failing for one reason. Null when they do not. */
  suspended: z
    .object({ reason: z.string(), since: z.iso.datetime(), nextProbe: z.iso.datetime() })
    .nullable(),
});

export async function describeAgents(db: Db): Promise<z.infer<typeof agentResourceSchema>[]> {
  const [agents, loads, circuits] = await Promise.all([
    listAgents(db),
    listAgentLoads(db),
    listSuspended(db),
  ]);
  const loadOf = new Map(loads.map(({ agent, ...load }) => [agent, load]));
  return agents.map(({ updatedAt: _updatedAt, ...agent }) => {
    const circuit = circuits.get(agent.name);
    return {
      ...agent,
      ...(loadOf.get(agent.name) ?? { workers: 0, slots: 0, running: 0 }),
      suspended:
        circuit === undefined
          ? null
          : {
              reason: circuit.reason,
              since: circuit.openedAt.toISOString(),
              nextProbe: circuit.probeAt.toISOString(),
            },
    };
  });
}
