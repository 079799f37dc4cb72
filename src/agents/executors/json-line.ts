import type { z } from 'zod';

/** One JSON object of a program that prints one a line; undefined for anything that is not such. */
export function readJsonLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // The program's own log lines stand between its events.
  }
}
