import ms from 'ms';
import { z } from 'zod';

/** A duration in milliseconds as {@link durationSchema} reads it: `10m`, `90s`, `1500ms`. */
export function durationText(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [name, size] = units.find(([, unit]) => milliseconds % unit === 0) ?? ['ms', 1];
  return `${milliseconds / size}${name}`;
}

/** A duration as people write it (`90s`, `10m`, `2h`) or a number of milliseconds; yields milliseconds. */
export const durationSchema = z.union([z.number(), z.string()]).transform((value, context) => {
  const milliseconds = typeof value === 'number' ? value : ms(value as ms.StringValue);
  if (!Number.isFinite(milliseconds) || milliseconds <= 0 || milliseconds > 30 * 86_400_000) {
    context.addIssue({ code: 'custom', message: 'must be a duration such as 90s, 10m or 2h' });
    return z.NEVER;
  }
  return Math.round(milliseconds);
});
