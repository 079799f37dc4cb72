import { z } from 'zod';
import { roleSchema } from './role.ts';
import { agentNameSchema, capabilitySchema } from './task.ts';

/** How often a task may be handed on before a person decides, when the configuration does not say. */
export const defaultMaxHandoffs = 3;

/** What an agent says when somebody else should do the task: to whom, why, and what they should know. */
export const handoffSchema = z
  .strictObject({
    /** One agent by name, or any agent of a role or with capabilities (of both, when both are given). */
    agent: agentNameSchema.optional(),
    role: roleSchema.optional(),
    capabilities: z.array(capabilitySchema).min(1).max(50).optional(),
    reason: z.string().trim().min(1).max(2_000),
    /** For whoever gets it, in its prompt. */
    notes: z.string().trim().min(1).max(20_000).optional(),
  })
  .refine(({ agent, role, capabilities }) => agent ?? role ?? capabilities, {
    message: 'say to whom: an agent, a role, or capabilities',
  });

export type Handoff = z.infer<typeof handoffSchema>;

/** What an earlier agent handed on together with the task. */
export interface HandedOver {
  readonly from: string;
  readonly reason: string;
  readonly notes: string | null;
}

/** Whether an agent is one of those that a handoff is meant for. */
export function isMeant(
  agent: { readonly name: string; readonly role: string; readonly capabilities: readonly string[] },
  { agent: name, role, capabilities = [] }: Handoff,
): boolean {
  return (
    (name === undefined || agent.name === name) &&
    (role === undefined || agent.role === role) &&
    capabilities.every((capability) => agent.capabilities.includes(capability))
  );
}
