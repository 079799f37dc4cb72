import { z } from 'zod';
import { durationSchema } from './duration.ts';
import { writtenExecutorSchema } from './executor-spec.ts';
import { roleSchema } from './role.ts';
import { memorySchema, sandboxSchema } from './sandbox.ts';
import { agentNameSchema, capabilitySchema, type Task } from './task.ts';

/** A configured pool: one queue, one or more workers. */
export const agentSchema = z.strictObject({
  role: roleSchema,
  capabilities: z.array(capabilitySchema).max(200).default([]),
  /** Share among equally good agents. */
  weight: z.int().min(1).max(100).default(1),
  /** Tasks at once in one worker process. */
  concurrency: z.int().min(1).max(1_000).default(2),
  executor: writtenExecutorSchema,
  /** How far its programs, and the checks of its work, can reach; as far as their user when not given. */
  sandbox: sandboxSchema.optional(),
  /** Memory that its processes may use together, in bytes once read. */
  maxMemory: memorySchema.optional(),
  /**
   * Silence after which an attempt is stopped; when it does not say, ten minutes for a program and
   * none for a function.
   */
  idleTimeout: durationSchema.optional(),
  /** The agent that takes over tasks at which this one has failed, a dearer model for instance. */
  strongerAgent: agentNameSchema.optional(),
});

type AgentSpec = z.infer<typeof agentSchema>;
export type Agent = AgentSpec & { readonly name: string };

/** Milliseconds that a program may be silent when nobody says. */
const defaultIdleTimeout = 10 * 60_000;

/** How long an agent may be silent at a task, in milliseconds; null for as long as it likes. */
export function idleTimeoutOf(
  agent: Pick<Agent, 'executor' | 'idleTimeout'>,
  task: Pick<Task, 'idleTimeout'>,
): number | null {
  const fallback = agent.executor.type === 'function' ? null : defaultIdleTimeout;
  return task.idleTimeout ?? agent.idleTimeout ?? fallback;
}

export const agentsSchema = z
  .record(agentNameSchema, agentSchema)
  .superRefine((agents, context) => {
    for (const [name, { strongerAgent, executor, sandbox, maxMemory }] of Object.entries(agents)) {
      if (executor.type === 'function' && (sandbox ?? maxMemory) !== undefined) {
        const path = [name, sandbox === undefined ? 'maxMemory' : 'sandbox'];
        const message = "cannot hold a function: it runs in the worker's own process";
        context.addIssue({ code: 'custom', path, message });
      }
      if (strongerAgent === undefined) continue;
      if (strongerAgent !== name && agents[strongerAgent] !== undefined) continue;
      const message = `must be the name of another agent; "${strongerAgent}" is not`;
      context.addIssue({ code: 'custom', path: [name, 'strongerAgent'], message });
    }
  })
  .refine((agents) => Object.keys(agents).length > 0, { message: 'needs at least one agent' });
