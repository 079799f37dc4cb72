import ms from 'ms';
import { z } from 'zod';

/** A duration as people write it (`90s`, `10m`, `2h`) or a number of milliseconds; yields milliseconds. */
export const durationSchema = z.union([z.number(), z.string()]).transform((value, context) => {
  const milliseconds = typeof value === 'number' ? value : ms(value as ms.StringValue);
  if (!Number.isFinite(milliseconds) || milliseconds <= 0 || milliseconds > 30 * 86_400_000) {
    context.addIssue({ code: 'custom', message: 'must be a duration such as 90s, 10m or 2h' });
    return z.NEVER;
  }
  return Math.round(milliseconds);
});
