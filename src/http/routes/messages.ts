import { z } from 'zod';
import { agentMessageSchema } from '../../domain/agent-message.ts';
import { AuroraError } from '../../domain/errors.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';

export function messageRoutes({ takeMessage }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.post(
      '/messages',
      {
        // Its own door: the token is that of an attempt, which opens nothing else.
        config: { public: true },
        schema: {
          tags: ['messages'],
          summary: 'What a running attempt says: progress, a finding, a question to memory',
          description:
            'With `Authorization: Bearer $AURORA_TOKEN` from the environment of the attempt. Memory answers a CONTEXT_REQUEST in `context`.',
          headers: z.object({ authorization: z.string().optional() }),
          body: agentMessageSchema,
          response: {
            201: z.object({
              context: z
                .object({
                  items: z.array(z.object({ content: z.string(), why: z.array(z.string()) })),
                  completeness: z.number(),
                })
                .nullable(),
            }),
          },
        },
      },
      async (request, reply) => {
        const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
        if (token === undefined) {
          throw new AuroraError(
            'unauthorized',
            'This needs the token of a running attempt: send $AURORA_TOKEN as `Authorization: Bearer …`.',
          );
        }
        const context = await takeMessage(token, request.body);
        return reply.status(201).send({
          context: context && {
            completeness: context.completeness,
            items: context.items.map(({ content, why }) => ({ content, why: [...why] })),
          },
        });
      },
    );
  };
}
