import { z } from 'zod';
import { listEscalations } from '../../storage/escalation-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { escalationParams, escalationSchema, runParams, toEscalation } from '../resources.ts';

export function escalationRoutes(deps: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/escalations',
      {
        schema: {
          tags: ['escalations'],
          summary: 'The open questions, newest first',
          querystring: z.object({ run: runParams.shape.id.optional() }),
          response: { 200: z.object({ escalations: z.array(escalationSchema) }) },
        },
      },
      async (request) => ({
        escalations: (await listEscalations(deps.db, request.query.run)).map(toEscalation),
      }),
    );

    for (const action of ['retry', 'skip'] as const) {
      app.post(
        `/escalations/:id/${action}`,
        {
          schema: {
            tags: ['escalations'],
            summary:
              action === 'retry'
                ? 'Give the task a fresh set of attempts'
                : 'Let what depends on the task go on without it',
            params: escalationParams,
            body: z.strictObject({ note: z.string().trim().max(2_000).optional() }).nullish(),
            response: { 200: escalationSchema },
          },
        },
        async (request) =>
          toEscalation(await deps.resolveEscalation(request.params.id, action, request.body?.note)),
      );
    }
  };
}
