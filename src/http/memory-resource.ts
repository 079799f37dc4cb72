import { z } from 'zod';
import {
  memoryDraftSchema,
  memoryTierNames,
  memoryTypeSchema,
  type Memory,
} from '../domain/memory.ts';

export const projectSchema = memoryDraftSchema.shape.projectId.describe('Name or id of a project');

/** A memory as the API shows it. */
export const memoryResourceSchema = z.object({
  id: z.string(),
  tier: z.enum(memoryTierNames),
  kind: memoryTypeSchema,
  projectId: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.unknown()),
  uses: z.number(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  contradictedBy: z.string().nullable().describe('The newer memory that says the opposite'),
});

export function toMemory(memory: Memory): z.infer<typeof memoryResourceSchema> {
  return {
    id: memory.id,
    tier: memory.tier,
    kind: memory.type,
    projectId: memory.projectId,
    content: memory.content,
    tags: [...memory.tags],
    metadata: { ...memory.metadata },
    uses: memory.uses,
    createdAt: memory.createdAt.toISOString(),
    expiresAt: memory.expiresAt?.toISOString() ?? null,
    contradictedBy: memory.contradictedBy ?? null,
  };
}
