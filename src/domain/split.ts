import { z } from 'zod';
import { requirementIdSchema } from './requirement.ts';
import { taskFields } from './task.ts';

/** Most parts of one task, over all its splits. */
export const maxParts = 50;

/** A part of a task. What it does not say is as in the task that is split, or empty. */
const partSchema = z.strictObject({
  /** Short: it follows the name of the task that is split. */
  id: taskFields.id.max(30, 'must be at most 30 characters in a part'),
  title: taskFields.title,
  role: taskFields.role,
  agent: taskFields.agent,
  capabilities: taskFields.capabilities.removeDefault().optional(),
  /** Other parts of the same split, by the ids given here. */
  dependsOn: taskFields.dependsOn,
  /** Some of those that the task serves. */
  requirements: z.array(requirementIdSchema).max(200).optional(),
  prompt: taskFields.prompt,
  input: taskFields.input,
  verify: taskFields.verify,
  scope: taskFields.scope.removeDefault().optional(),
  priority: taskFields.priority.removeDefault().optional(),
  maxAttempts: taskFields.maxAttempts.removeDefault().optional(),
  timeout: taskFields.timeout.removeDefault().optional(),
  deadline: taskFields.deadline,
  idleTimeout: taskFields.idleTimeout,
});

/** What a task becomes: smaller tasks, after which it is carried out itself and puts them together. */
export const splitSchema = z.array(partSchema).min(1).max(maxParts);
export type Split = z.infer<typeof splitSchema>;
