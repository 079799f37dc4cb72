import { z } from 'zod';
import { agentNameSchema } from '../../domain/task.ts';
import { agentResourceSchema, describeAgents } from '../calls/agent-calls.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';

export function agentRoutes({ db, resumeAgent }: HttpDeps) {
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
      async () => ({ agents: await describeAgents(db) }),
    );

    app.post(
      '/agents/:name/resume',
      {
        schema: {
          tags: ['agents'],
          summary: 'Let a suspended agent work again at once: what it failed of is mended',
          params: z.object({ name: agentNameSchema }),
          body: z.strictObject({ by: z.string().trim().min(1).max(200).optional() }).default({}),
          response: { 200: z.object({ agents: z.array(agentResourceSchema) }) },
        },
      },
      async ({ params, body }) => {
        await resumeAgent(params.name, body.by ?? 'somebody');
        const agents = await describeAgents(db);
        return { agents: agents.filter(({ name }) => name === params.name) };
      },
    );
  };
}
