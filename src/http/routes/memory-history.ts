import { z } from 'zod';
import { reflexionSchema } from '../../domain/memory.ts';
import {
  countMemories,
  memoryDetailsSchema,
  memoryStatsSchema,
  showMemory,
} from '../calls/memory-calls.ts';
import { projectToKeepIn } from '../../storage/project-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { memoryResourceSchema, projectSchema, toMemory } from '../memory-resource.ts';
import { memoryParams } from '../resources.ts';

/** Where a memory comes from and where it goes. */
export function memoryHistoryRoutes(deps: HttpDeps) {
  const { memory } = deps;
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/memories/:id',
      {
        schema: {
          tags: ['memories'],
          summary: 'One memory, with what was merged into it and what it contradicts',
          params: memoryParams,
          response: { 200: memoryDetailsSchema },
        },
      },
      async (request) => showMemory(deps, request.params.id),
    );

    app.get(
      '/memories/stats',
      {
        schema: {
          tags: ['memories'],
          summary: 'What memory holds, of one project or of all, and what was done to memories',
          querystring: z.object({ project: projectSchema.optional() }),
          response: { 200: memoryStatsSchema },
        },
      },
      async (request) => countMemories(deps, request.query.project),
    );

    app.post(
      '/memories/:id/promote',
      {
        schema: {
          tags: ['memories'],
          summary: 'Copy a memory one tier up, where it lives longer',
          params: memoryParams,
          response: { 201: memoryResourceSchema },
        },
      },
      async (request, reply) =>
        reply.status(201).send(toMemory(await memory.promote(request.params.id))),
    );

    app.post(
      '/memories/reflexions',
      {
        schema: {
          tags: ['memories'],
          summary: 'Keep what a failed attempt taught',
          body: reflexionSchema.omit({ projectId: true }).extend({ project: projectSchema }),
          response: { 201: memoryResourceSchema },
        },
      },
      async (request, reply) => {
        const { project, ...reflexion } = request.body;
        const projectId = await projectToKeepIn(deps.db, project);
        return reply
          .status(201)
          .send(toMemory(await memory.storeReflexion({ ...reflexion, projectId })));
      },
    );
  };
}
