import { z } from 'zod';

/** What a run's attempts may use in all; what is not said is not bounded. */
const budgetSchema = z
  .strictObject({
    /** Input and output tokens together. */
    tokens: z.int().min(1).max(1e15).optional(),
    /** US dollars. */
    costUsd: z.number().positive().max(1e9).optional(),
  })
  .refine(({ tokens, costUsd }) => tokens !== undefined || costUsd !== undefined, {
    message: 'name a number of tokens, a cost, or both',
  });

export type Budget = z.infer<typeof budgetSchema>;
