import { z } from 'zod';
import { memoryDraftSchema, reflexionSchema } from '../domain/memory.ts';
import type { LessonRow } from '../storage/reflexion-store.ts';
import type { TierMemory } from './memory-tier.ts';

const countSchema = z.int32().min(0);
const trialsSchema = z
  .strictObject({
    trials: countSchema,
    successes: countSchema,
    withheldTrials: countSchema,
    withheldSuccesses: countSchema,
  })
  .refine(
    ({ trials, successes, withheldTrials, withheldSuccesses }) =>
      successes <= trials && withheldSuccesses <= withheldTrials,
    'more successes than trials',
  );

/** A line of an export. Projects are not named: what is imported belongs to whoever imports it. */
export const exportedMemorySchema = z.discriminatedUnion('type', [
  memoryDraftSchema.omit({ projectId: true, tier: true }).extend({
    type: z.literal('memory'),
    /** When it was stored last: of two that contradict each other the newer wins. */
    storedAt: z.iso.datetime({ offset: true }).optional(),
  }),
  reflexionSchema.omit({ projectId: true }).extend({
    type: z.literal('reflexion'),
    /** What patterns that were made of it call it. */
    id: z.string().max(100).optional(),
    /** What the lesson has been seen to do; once, with its first failure. */
    evidence: trialsSchema.optional(),
  }),
]);
export type ExportedMemory = z.output<typeof exportedMemorySchema>;

/** Memories as lines: one for each, or one for each failure that taught it. */
export async function* exportMemories(
  memories: AsyncIterable<{
    readonly memory: TierMemory;
    readonly reflexions: readonly LessonRow[];
  }>,
): AsyncGenerator<ExportedMemory> {
  for await (const { memory, reflexions } of memories) {
    for (const [i, row] of reflexions.entries()) yield toReflexion(memory, row, i === 0);
    if (reflexions.length > 0) continue;
    const { session, at, ...metadata } = memory.metadata;
    yield exportedMemorySchema.parse({
      type: 'memory',
      content: memory.content,
      memoryType: memory.type,
      tags: [...memory.tags],
      metadata,
      session,
      at,
      storedAt: memory.createdAt.toISOString(),
    });
  }
}

const toReflexion = (memory: TierMemory, row: LessonRow, isFirst: boolean): ExportedMemory => {
  const { trials, successes, withheldTrials, withheldSuccesses } = row;
  const evidence = { trials, successes, withheldTrials, withheldSuccesses };
  return exportedMemorySchema.parse({
    type: 'reflexion',
    id: memory.id,
    taskId: row.taskId,
    runId: row.runId === '' ? undefined : row.runId,
    attempt: row.attempt || undefined,
    role: row.role ?? undefined,
    originalApproach: row.originalApproach,
    failureReason: row.failureReason,
    improvedApproach: row.improvedApproach,
    errorClass: row.errorClass ?? undefined,
    tags: [...memory.tags],
    evidence: isFirst && trials + withheldTrials > 0 ? evidence : undefined,
  });
};
