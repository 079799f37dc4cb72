import type { z } from 'zod';
import {
  escalationActions,
  escalationActionSchema,
  escalationBodies,
  type EscalationActionName,
} from '../../domain/escalation.ts';
import { listEscalations } from '../../storage/escalation-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import {
  escalationCaseSchema,
  escalationPageSchema,
  escalationParams,
  escalationQuery,
  escalationSchema,
  toEscalation,
  toEscalationCase,
} from '../resources.ts';

const tags = ['escalations'];

const summaries: Readonly<Record<EscalationActionName, string>> = {
  retry: 'Give the task a fresh set of attempts, with advice for them',
  skip: 'Let what depends on the task go on without it, with the given result',
  reassign: 'Give the task to another agent that can do it',
  edit: 'Change the task, then give it a fresh set of attempts',
  split: 'Have smaller tasks done first, then the task itself, which puts them together',
  answer: 'Answer what the agent asked; its next attempt receives it',
  raise: 'Give the run a larger budget, with which it goes on',
  abort: 'End the whole run',
};

export function escalationRoutes(deps: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/escalations',
      {
        schema: {
          tags,
          summary: 'The open questions, newest first',
          querystring: escalationQuery,
          response: { 200: escalationPageSchema },
        },
      },
      async ({ query }) => ({
        escalations: (await listEscalations(deps.db, query.run, query.state)).map(toEscalation),
      }),
    );

    app.get(
      '/escalations/:id',
      {
        schema: {
          tags,
          summary: 'One question with its task, all attempts, and what the last one changed',
          params: escalationParams,
          response: { 200: escalationCaseSchema },
        },
      },
      async ({ params }) => toEscalationCase(await deps.describeEscalation(params.id)),
    );

    for (const action of escalationActions) {
      const fields: z.ZodType<object> = escalationBodies[action];
      const isOptional = fields.safeParse({}).success;
      app.post(
        `/escalations/:id/${action}`,
        {
          schema: {
            tags,
            summary: summaries[action],
            params: escalationParams,
            body: isOptional ? fields.nullish() : fields,
            response: { 200: escalationSchema },
          },
        },
        async ({ params, body }) => {
          const answer = escalationActionSchema.parse({ by: 'the API', ...body, action });
          return toEscalation(await deps.answerEscalation(params.id, answer));
        },
      );
    }
  };
}
