import { z } from 'zod';
import { agentMessageSchema } from '../../domain/agent-message.ts';
import { AuroraError } from '../../domain/errors.ts';
import { bearerOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { contextSchema, toContext } from '../memory-resource.ts';

export function messageRoutes({ attemptOf, takeMessage }: HttpDeps) {
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
              context: contextSchema.nullable(),
            }),
          },
        },
      },
      async (request, reply) => {
        const attempt = await attemptOf(bearerOf(request) ?? '');
        if (attempt === undefined) {
          throw new AuroraError(
            'unauthorized',
            'This needs the token of a running attempt: send $AURORA_TOKEN as `Authorization: Bearer …`.',
          );
        }
        const context = await takeMessage(attempt, request.body);
        return reply.status(201).send({ context: context && toContext(context) });
      },
    );
  };
}
