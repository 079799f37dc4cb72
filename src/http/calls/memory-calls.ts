import { z } from 'zod';
import {
  memoryDraftSchema,
  memoryQuerySchema,
  memoryTierNames,
  memoryTypeSchema,
} from '../../domain/memory.ts';
import { lessonStates } from '../../memory/lesson-effect.ts';
import { projectToAsk, projectToKeepIn } from '../../storage/project-store.ts';
import type { ApiDeps } from '../http-deps.ts';
import { memoryResourceSchema, projectSchema, toMemory } from '../memory-resource.ts';

/** What memory is asked for over HTTP and by tools: the questions, the answers, and how they are found. */

type Deps = Pick<ApiDeps, 'db' | 'memory'>;

export const memoryDraftBody = z.strictObject({
  content: memoryDraftSchema.shape.content,
  kind: memoryTypeSchema,
  project: projectSchema,
  tags: memoryDraftSchema.shape.tags,
  metadata: z.record(z.string(), z.unknown()).default({}),
  tier: memoryDraftSchema.shape.tier,
});

/** @throws AuroraError memory-invalid, memory-tier-failed */
export async function storeMemory(
  deps: Deps,
  { kind, project, tier, metadata, ...draft }: z.output<typeof memoryDraftBody>,
) {
  const stored = await deps.memory.store({
    ...draft,
    // It came as JSON.
    metadata: metadata as Record<string, z.core.util.JSONType>,
    memoryType: kind,
    projectId: await projectToKeepIn(deps.db, project),
    ...(tier === undefined ? {} : { tier }),
  });
  return toMemory(stored);
}

export const memoryQueryFields = {
  query: memoryQuerySchema.shape.query,
  project: projectSchema,
  tier: memoryQuerySchema.shape.tier,
};
export const foundMemoriesSchema = z.object({
  items: z.array(memoryResourceSchema.extend({ score: z.number(), why: z.array(z.string()) })),
  completeness: z.number().describe('Share of the asked tiers that answered in time, 0 to 1'),
  missing: z.array(z.object({ tier: z.enum(memoryTierNames), reason: z.string() })),
});

/** @throws AuroraError memory-invalid */
export async function searchMemories(
  deps: Deps,
  {
    project,
    tier,
    ...question
  }: {
    query: string;
    project: string;
    limit: number;
    tags: string[];
    tier?: 'short' | 'working' | 'long' | undefined;
  },
): Promise<z.output<typeof foundMemoriesSchema>> {
  const { items, completeness, missing } = await deps.memory.search({
    ...question,
    projectId: await projectToAsk(deps.db, project),
    ...(tier === undefined ? {} : { tier }),
  });
  return {
    items: items.map((item) => ({ ...toMemory(item), score: item.score, why: [...item.why] })),
    completeness,
    missing: missing.map((one) => ({ ...one })),
  };
}

const trials = {
  trials: z.number(),
  successes: z.number(),
  withheldTrials: z.number(),
  withheldSuccesses: z.number(),
};
const effect = { lift: z.number(), low: z.number(), high: z.number(), helps: z.number() };
export const lessonReportSchema = z.object({
  ...trials,
  lessons: z.number(),
  states: z.record(z.enum(lessonStates), z.number()),
  effect: z.object(effect).nullable().describe('Null until attempts of both kinds have ended'),
  tried: z.array(
    z.object({
      ...trials,
      ...effect,
      id: z.string(),
      taskId: z.string().describe('The task that taught it last'),
      taught: z.number().describe('Failed attempts that taught it'),
      role: z.string().nullable(),
      failureReason: z.string(),
      improvedApproach: z.string(),
      state: z.enum(lessonStates),
    }),
  ),
});

export async function reportLessons(deps: Deps, project: string) {
  const report = await deps.memory.report(await projectToAsk(deps.db, project));
  return { ...report, tried: [...report.tried] };
}

const originSchema = z.object({
  id: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime(),
  mergedAt: z.iso.datetime(),
});
const teacherSchema = z.object({
  runId: z.string().optional(),
  taskId: z.string(),
  attempt: z.number().optional(),
  role: z.string().optional(),
  at: z.iso.datetime(),
});

export const memoryDetailsSchema = memoryResourceSchema.extend({
  contradicts: z.array(z.string()).describe('Older memories that it says the opposite of'),
  origins: z.array(originSchema),
  taught: z.array(teacherSchema).describe('Of a lesson: the attempts that taught it'),
});

/** @throws AuroraError memory-not-found, memory-tier-failed */
export async function showMemory({ memory }: Deps, id: string) {
  const found = await memory.get(id);
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
    taught: found.taught.map(({ at, ...teacher }) => ({ ...teacher, at: at.toISOString() })),
  };
}

export const memoryStatsSchema = z.object({
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

/** @param project all of them when not given */
export async function countMemories(deps: Deps, project: string | undefined) {
  const ofProject = project === undefined ? undefined : await projectToAsk(deps.db, project);
  const { working, actions } = await deps.memory.stats(ofProject);
  return { working: [...working], actions: [...actions] };
}
