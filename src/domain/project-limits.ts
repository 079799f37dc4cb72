import { z } from 'zod';

export const projectNameSchema = z
  .string()
  .trim()
  .regex(/^[\w][\w .-]{0,99}$/, 'must be 1 to 100 letters, digits, spaces, ".", "_", "-"');

/** How many tasks of something may run at once; null: as many as there are slots. */
export const maxParallelSchema = z.int().min(1).max(10_000).nullable();

/** What projects may use, by name. */
export type ProjectLimits = Readonly<Record<string, { readonly maxParallel: number | null }>>;
