import { z } from 'zod';
import {
  memoryDraftSchema,
  memoryTierNames,
  memoryTypeSchema,
  type Memory,
} from '../domain/memory.ts';
import type { AgentContext } from '../domain/agent-message.ts';

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

/** What memory answers a running attempt. */
export const contextSchema = z.object({
  items: z.array(z.object({ id: z.string(), content: z.string(), why: z.array(z.string()) })),
  completeness: z.number().describe('Share of the tiers that answered in time, 0 to 1'),
});

export const toContext = ({
  items,
  completeness,
}: AgentContext): z.infer<typeof contextSchema> => ({
  items: items.map((item) => ({ ...item, why: [...item.why] })),
  completeness,
});
