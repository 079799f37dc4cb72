import type { z } from 'zod';
import { agentsSchema } from '../domain/agent.ts';
import { roles } from '../domain/role.ts';

/**
 * The agents of an installation without a configuration file: one per role, each the Claude Code
 * CLI in headless mode. Where that program is missing, the first attempt says so and stops.
 */
export const defaultAgents: z.infer<typeof agentsSchema> = agentsSchema.parse(
  Object.fromEntries(roles.map((role) => [role, { role, executor: 'claude' }])),
);
