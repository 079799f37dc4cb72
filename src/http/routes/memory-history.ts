import { z } from 'zod';
import { memoryTierNames, memoryTypeSchema, reflexionSchema } from '../../domain/memory.ts';
import { ensureProject } from '../../storage/project-store.ts';
import { findProject } from '../../storage/run-view-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { memoryResourceSchema, projectSchema, toMemory } from '../memory-resource.ts';
import { memoryParams } from '../resources.ts';

const originSchema = z.object({
  id: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime(),
  mergedAt: z.iso.datetime(),
});

const statsSchema = z.object({
  working: z.array(
    z.object({
      type: memoryTypeSchema,
      memories: z.number(),
      contradicted: z.number(),
      merged: z.number().describe('Memories that were merged into these'),
    }),
  ),
  actions: z
    .array(z.object({ action: z.string(), tier: z.enum(memoryTierNames), count: z.number() }))
    .describe('What was done to memories, ever'),
});

/** Where a memory comes from and where it goes. */
export function memoryHistoryRoutes({ db, memory }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/memories/:id',
      {
        schema: {
          tags: ['memories'],
          summary: 'One memory, with what was merged into it and what it contradicts',
          params: memoryParams,
          response: {
            200: memoryResourceSchema.extend({
              contradicts: z
                .array(z.string())
                .describe('Older memories that it says the opposite of'),
              origins: z.array(originSchema),
            }),
          },
        },
      },
      async (request) => {
        const found = await memory.get(request.params.id);
        return {
          ...toMemory(found),
          contradicts: [...found.contradicts],
          origins: found.origins.map((origin) => ({
            ...origin,
            tags: [...origin.tags],
            metadata: { ...origin.metadata },
            createdAt: origin.createdAt.toISOString(),
            mergedAt: origin.mergedAt.toISOString(),
          })),
        };
      },
    );

    app.get(
      '/memories/stats',
      {
        schema: {
          tags: ['memories'],
          summary: 'What memory holds, of one project or of all, and what was done to memories',
          querystring: z.object({ project: projectSchema.optional() }),
          response: { 200: statsSchema },
        },
      },
      async (request) => {
        const { project: name } = request.query;
        const project =
          name === undefined ? undefined : ((await findProject(db, name))?.id ?? name);
        const { working, actions } = await memory.stats(project);
        return { working: [...working], actions: [...actions] };
      },
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
        const { project: name, ...reflexion } = request.body;
        const { id } = (await findProject(db, name)) ?? (await ensureProject(db, name, null));
        const stored = await memory.storeReflexion({ ...reflexion, projectId: id });
        return reply.status(201).send(toMemory(stored));
      },
    );
  };
}
