import { z } from 'zod';
import { budgetSchema } from './budget.ts';
import { durationSchema } from './duration.ts';
import { maxParallelSchema } from './project-limits.ts';

/** The priority of a run that nobody has given one. */
export const defaultRunPriority = 5;

/** 1 is first, 10 is last. */
export const prioritySchema = z.int().min(1).max(10);

/** A time with its zone, or how long after the submission. */
export const deadlineSchema = z.union([z.iso.datetime({ offset: true }), durationSchema]);

/** What bounds a run; a request and a plan can say it, and the request has the last word. */
export const runLimits = {
  /** Before or after the tasks of other runs, where they wait for the same agent. */
  priority: prioritySchema.optional(),
  /** How many of its tasks may run at once. */
  maxParallel: z.int().min(1).max(10_000).optional(),
  /** What its attempts may use; then it is paused, and a person asked. */
  budget: budgetSchema.optional(),
  /** Then the run has failed unless it is done. */
  deadline: deadlineSchema.optional(),
};

/** @param deadline a time, or milliseconds after `from` */
export function deadlineTime(deadline: string | number, from: Date): Date {
  return typeof deadline === 'string' ? new Date(deadline) : new Date(from.getTime() + deadline);
}

/**
 * The place of a task among all that wait for its agent, 1 to 100, smaller is first: runs by their
 * priority, and tasks of equally urgent runs by theirs.
 */
export function queuePriority(
  run: { readonly priority: number },
  task: { readonly priority: number },
): number {
  return (run.priority - 1) * 10 + task.priority;
}

/** What can be changed of a run while it goes on. */
export const runChangesSchema = z
  .strictObject({ priority: prioritySchema.optional(), maxParallel: maxParallelSchema.optional() })
  .refine((changes) => Object.keys(changes).length > 0, 'name at least one thing to change');
export type RunChanges = z.infer<typeof runChangesSchema>;
