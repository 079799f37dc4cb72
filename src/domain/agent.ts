import { z } from 'zod';
import { roleSchema } from './role.ts';
import { agentNameSchema, capabilitySchema } from './task.ts';

/** How an agent does its work. */
export const executorSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('command'),
    /** argv; `{prompt}` and `{promptFile}` are replaced. Never passed to a shell. */
    command: z.array(z.string().min(1)).min(1).max(200),
    /** Further environment variables of ours that the command may see, by name. */
    env: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
      .max(100)
      .default([]),
  }),
  z.strictObject({
    type: z.literal('function'),
    /** ES module whose default export is `async (task, ctx) => result`; relative to the config. */
    module: z.string().min(1),
  }),
]);

export type ExecutorSpec = z.infer<typeof executorSchema>;

/** A configured pool: one queue, one or more workers. */
export const agentSchema = z.strictObject({
  role: roleSchema,
  capabilities: z.array(capabilitySchema).max(200).default([]),
  /** Share among equally good agents. */
  weight: z.int().min(1).max(100).default(1),
  /** Tasks at once in one worker process. */
  concurrency: z.int().min(1).max(1_000).default(2),
  executor: executorSchema,
});

type AgentSpec = z.infer<typeof agentSchema>;
export type Agent = AgentSpec & { readonly name: string };

export const agentsSchema = z
  .record(agentNameSchema, agentSchema)
  .refine((agents) => Object.keys(agents).length > 0, { message: 'needs at least one agent' });
