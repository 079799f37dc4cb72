import { z } from 'zod';
import {
  memoryDraftSchema,
  memoryQuerySchema,
  memoryTierNames,
  memoryTypeSchema,
} from '../../domain/memory.ts';
import { lessonStates } from '../../memory/lesson-effect.ts';
import { ensureProject } from '../../storage/project-store.ts';
import { findProject } from '../../storage/run-view-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { memoryResourceSchema, projectSchema, toMemory } from '../memory-resource.ts';
import { memoryParams } from '../resources.ts';

const trials = {
  trials: z.number(),
  successes: z.number(),
  withheldTrials: z.number(),
  withheldSuccesses: z.number(),
};
const effect = { lift: z.number(), low: z.number(), high: z.number(), helps: z.number() };
const reportSchema = z.object({
  ...trials,
  lessons: z.number(),
  states: z.record(z.enum(lessonStates), z.number()),
  effect: z.object(effect).nullable().describe('Null until attempts of both kinds have ended'),
  tried: z.array(
    z.object({
      ...trials,
      ...effect,
      id: z.string(),
      taskId: z.string(),
      role: z.string().nullable(),
      failureReason: z.string(),
      improvedApproach: z.string(),
      state: z.enum(lessonStates),
    }),
  ),
});

const tagList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').filter(Boolean) : value),
  memoryDraftSchema.shape.tags,
);

export function memoryRoutes({ db, memory }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.post(
      '/memories',
      {
        schema: {
          tags: ['memories'],
          summary: 'Remember something for a project',
          body: z.strictObject({
            content: memoryDraftSchema.shape.content,
            kind: memoryTypeSchema,
            project: projectSchema,
            tags: memoryDraftSchema.shape.tags,
            metadata: z.record(z.string(), z.unknown()).default({}),
            tier: memoryDraftSchema.shape.tier,
          }),
          response: { 201: memoryResourceSchema },
        },
      },
      async (request, reply) => {
        const { kind, project: name, tier, metadata, ...draft } = request.body;
        const project = (await findProject(db, name)) ?? (await ensureProject(db, name, null));
        const stored = await memory.store({
          ...draft,
          // It came as JSON.
          metadata: metadata as Record<string, z.core.util.JSONType>,
          memoryType: kind,
          projectId: project.id,
          ...(tier === undefined ? {} : { tier }),
        });
        return reply.status(201).send(toMemory(stored));
      },
    );

    app.get(
      '/memories/search',
      {
        schema: {
          tags: ['memories'],
          summary: 'What answers a question, best first, and why it was chosen',
          querystring: z.object({
            q: memoryQuerySchema.shape.query,
            project: projectSchema,
            limit: z.coerce.number().int().min(1).max(100).default(5),
            tags: tagList.describe('Separated by commas; one of them suffices'),
            tier: memoryQuerySchema.shape.tier,
          }),
          response: {
            200: z.object({
              items: z.array(
                memoryResourceSchema.extend({ score: z.number(), why: z.array(z.string()) }),
              ),
              /** Share of the asked tiers that answered in time. */
              completeness: z.number(),
              missing: z.array(z.object({ tier: z.enum(memoryTierNames), reason: z.string() })),
            }),
          },
        },
      },
      async (request) => {
        const { q, project: name, limit, tags, tier } = request.query;
        const project = await findProject(db, name);
        const answer = await memory.search({
          query: q,
          projectId: project?.id ?? name,
          limit,
          tags,
          ...(tier === undefined ? {} : { tier }),
        });
        return {
          items: answer.items.map((item) => ({
            ...toMemory(item),
            score: item.score,
            why: [...item.why],
          })),
          completeness: answer.completeness,
          missing: answer.missing.map((one) => ({ ...one })),
        };
      },
    );

    app.get(
      '/memories/report',
      {
        schema: {
          tags: ['memories'],
          summary: 'What the lessons of a project do: attempts with them and without',
          querystring: z.object({ project: projectSchema }),
          response: { 200: reportSchema },
        },
      },
      async (request) => {
        const { project: name } = request.query;
        const report = await memory.report((await findProject(db, name))?.id ?? name);
        return { ...report, tried: [...report.tried] };
      },
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
        await memory.forget(request.params.id);
        return reply.status(204).send();
      },
    );
  };
}
