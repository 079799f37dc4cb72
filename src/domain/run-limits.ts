import { z } from 'zod';
import { durationSchema } from './duration.ts';

/** The priority of a run that nobody has given one. */
export const defaultRunPriority = 5;

/** What bounds a run; a request and a plan can say it, and the request has the last word. */
export const runLimits = {
  /** How many of its tasks may run at once. */
  maxParallel: z.int().min(1).max(10_000).optional(),
  /** A time with its zone, or how long after the submission: then the run has failed unless it is done. */
  deadline: z.union([z.iso.datetime({ offset: true }), durationSchema]).optional(),
};

/** @param deadline a time, or milliseconds after `from` */
export function deadlineTime(deadline: string | number, from: Date): Date {
  return typeof deadline === 'string' ? new Date(deadline) : new Date(from.getTime() + deadline);
}
