import { z } from 'zod';
import { roles } from '../../domain/role.ts';
import { listAgentLoads } from '../../storage/metrics-store.ts';
import { listAgents } from '../../storage/worker-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';

const agentResourceSchema = z.object({
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
});

export function agentRoutes({ db }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/agents',
      {
        schema: {
          tags: ['agents'],
          summary: 'The configured agents, and what their live workers offer and do',
          response: { 200: z.object({ agents: z.array(agentResourceSchema) }) },
        },
      },
      async () => {
        const [agents, loads] = await Promise.all([listAgents(db), listAgentLoads(db)]);
        const loadOf = new Map(loads.map(({ agent, ...load }) => [agent, load]));
        return {
          agents: agents.map(({ updatedAt: _updatedAt, ...agent }) => ({
            ...agent,
            ...(loadOf.get(agent.name) ?? { workers: 0, slots: 0, running: 0 }),
          })),
        };
      },
    );
  };
}
