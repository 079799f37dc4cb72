import { z } from 'zod';
import { durationSchema } from './duration.ts';
import { requirementIdSchema } from './requirement.ts';
import { roleSchema } from './role.ts';
import { deadlineSchema, prioritySchema } from './run-limits.ts';

const taskIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,63}$/,
    'must be 1 to 64 of a-z, 0-9, "_" and "-", and start with a letter or digit',
  );

export const agentNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, "_" and "-"');

export const capabilitySchema = z.string().trim().toLowerCase().min(1).max(64);

/** Retries per task when a plan does not say: the five rows of the seed's table. */
const defaultMaxAttempts = 5;
/** How long one attempt may take when a plan does not say, in milliseconds. */
const defaultTaskTimeout = 10 * 60_000;

/** What a task is made of, field by field. */
export const taskFields = {
  id: taskIdSchema,
  title: z.string().trim().min(1).max(200),
  role: roleSchema.optional(),
  /** A fixed agent instead of a role. */
  agent: agentNameSchema.optional(),
  capabilities: z.array(capabilitySchema).max(50).default([]),
  dependsOn: z.array(taskIdSchema).max(1_000).default([]),
  requirements: z.array(requirementIdSchema).max(200).default([]),
  prompt: z.string().max(100_000).default(''),
  /** What the requirements that it serves are judged by, as whoever asked put it. */
  acceptance: z.array(z.string().trim().min(1).max(2_000)).max(200).optional(),
  /** Data for executors that read data rather than prose. */
  input: z.json().default({}),
  /** Run in the worktree after the executor; a non-zero exit fails the attempt. */
  verify: z.array(z.string().min(1)).min(1).max(200).optional(),
  /** Globs of the files that the task may touch. */
  scope: z.array(z.string().min(1).max(500)).max(200).default([]),
  /** 1 is first, 10 is last. */
  priority: prioritySchema.default(5),
  maxAttempts: z.int().min(1).max(50).default(defaultMaxAttempts),
  timeout: durationSchema.default(defaultTaskTimeout),
  /** When it has failed unless it is done, whatever it waited for; bounds all its attempts. */
  deadline: deadlineSchema.optional(),
  /** Silence after which an attempt is stopped, instead of the agent's. */
  idleTimeout: durationSchema.optional(),
};

/** One atomic unit of work, as plan files and planners write it. */
export const taskSchema = z
  .strictObject(taskFields)
  .refine((task) => task.role !== undefined || task.agent !== undefined, {
    message: 'needs a role or an agent',
    path: ['role'],
  });

export type Task = z.infer<typeof taskSchema>;

/**
 * waiting: in the queue, for its dependencies, a worker or a backoff. running: an attempt is under
 * way. done, failed (after the last retry), skipped, cancelled: finished.
 */
export const taskStates = ['waiting', 'running', 'done', 'failed', 'skipped', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

/** States that let dependants start. */
export const releasingTaskStates: readonly TaskState[] = ['done', 'skipped'];

/** States of a task that nobody will do anything for any more; a failed one waits for a person. */
export const finishedTaskStates: readonly TaskState[] = [...releasingTaskStates, 'cancelled'];

/**
 * What a waiting task can be parked for, without a worker's slot, beside its dependencies. answer: it
 * asked a question. resume: its run is paused. room: as many tasks run as its run or project may.
 * circuit: its agent is suspended, since its attempts keep failing for one reason. files: another task
 * that goes first is changing files of its scope.
 */
export const parkReasons = ['answer', 'resume', 'room', 'circuit', 'files'] as const;
export type ParkReason = (typeof parkReasons)[number];
