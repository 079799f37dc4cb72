import { z } from 'zod';
import { requirementSchema } from './requirement.ts';
import { runLimits } from './run-limits.ts';
import { taskSchema } from './task.ts';

/** More tasks than this are refused: the largest plan that the engine is measured with. */
export const maxTasks = 20_000;
/**
 * Longest dependency chain. BullMQ walks a flow recursively; trees deeper than about 5,000 levels
 * overflow the stack (measured), so we stay well below.
 */
export const maxDepth = 2_000;

/** A plan file: what a person writes, and what planners produce. */
export const planSchema = z.strictObject({
  version: z.literal(1),
  title: z.string().trim().min(1).max(200).default('Untitled plan'),
  /** Git path or URL. Relative paths are relative to the plan file. */
  repository: z.string().trim().min(1).max(2_000).optional(),
  ...runLimits,
  requirements: z.array(requirementSchema).max(5_000).default([]),
  tasks: z.array(taskSchema).min(1, 'a plan needs at least one task'),
});

export type Plan = z.infer<typeof planSchema>;
/** A plan as it may be written, before defaults are filled in. */
export type PlanInput = z.input<typeof planSchema>;
