import { z } from 'zod';

/** What a run's attempts may use in all; what is not said is not bounded. */
export const budgetSchema = z
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

/** What attempts have used, as far as their executors reported it. */
export interface Spend {
  readonly tokens: number;
  /** US dollars. */
  readonly costUsd: number;
}

export const nothingSpent: Spend = { tokens: 0, costUsd: 0 };

/** From this share of its budget on a run is warned about. */
export const budgetWarning = 0.8;

/** How much of a budget is used up, by what is scarcest of it; 1 and above: all. */
export function shareSpent({ tokens, costUsd }: Budget, spent: Spend): number {
  return Math.max(
    tokens === undefined ? 0 : spent.tokens / tokens,
    costUsd === undefined ? 0 : spent.costUsd / costUsd,
  );
}

/** In words: `$1.25 of $5.00, 120,000 tokens`; empty when there is nothing to say. */
export function spendText(spent: Spend, budget: Budget | null): string {
  const part = (used: number, limit: number | undefined, write: (value: number) => string) => {
    if (limit !== undefined) return `${write(used)} of ${write(limit)}`;
    return used === 0 ? undefined : write(used);
  };
  const cost = part(spent.costUsd, budget?.costUsd, (value) => `$${value.toFixed(2)}`);
  const tokens = part(spent.tokens, budget?.tokens, (value) => value.toLocaleString('en-US'));
  return [cost, tokens && `${tokens} tokens`].filter((each) => each !== undefined).join(', ');
}
