import { z } from 'zod';
import { memoryDraftSchema } from '../../domain/memory.ts';
import {
  foundMemoriesSchema,
  lessonReportSchema,
  memoryDraftBody,
  memoryQueryFields,
  reportLessons,
  searchMemories,
  storeMemory,
} from '../calls/memory-calls.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { memoryResourceSchema, projectSchema } from '../memory-resource.ts';
import { memoryParams } from '../resources.ts';

const tagList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').filter(Boolean) : value),
  memoryDraftSchema.shape.tags,
);
const { query: question, ...queryFields } = memoryQueryFields;

export function memoryRoutes(deps: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.post(
      '/memories',
      {
        schema: {
          tags: ['memories'],
          summary: 'Remember something for a project',
          body: memoryDraftBody,
          response: { 201: memoryResourceSchema },
        },
      },
      async (request, reply) => reply.status(201).send(await storeMemory(deps, request.body)),
    );

    app.get(
      '/memories/search',
      {
        schema: {
          tags: ['memories'],
          summary: 'What answers a question, best first, and why it was chosen',
          querystring: z.object({
            ...queryFields,
            q: question,
            limit: z.coerce.number().int().min(1).max(100).default(5),
            tags: tagList.describe('Separated by commas; one of them suffices'),
          }),
          response: { 200: foundMemoriesSchema },
        },
      },
      async ({ query: { q: query, ...rest } }) => searchMemories(deps, { query, ...rest }),
    );

    app.get(
      '/memories/report',
      {
        schema: {
          tags: ['memories'],
          summary: 'What the lessons of a project do: attempts with them and without',
          querystring: z.object({ project: projectSchema }),
          response: { 200: lessonReportSchema },
        },
      },
      async (request) => reportLessons(deps, request.query.project),
    );

    app.delete(
      '/memories/:id',
      {
        schema: {
          tags: ['memories'],
          summary: 'Forget a memory',
          params: memoryParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        await deps.memory.forget(request.params.id);
        return reply.status(204).send();
      },
    );
  };
}
