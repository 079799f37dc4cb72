import { z } from 'zod';

const path = z.string().min(1).max(4_096);

/** How far the programs of an agent can reach. */
export const sandboxSchema = z.strictObject({
  type: z.literal('bubblewrap'),
  /** Whether they reach anything beyond this machine's loopback, which is then their own. */
  network: z.boolean().default(true),
  /** Further files and folders that they may read; `~` is the home folder, else relative to the config. */
  readable: z.array(path).max(100).default([]),
  /** Further files and folders that they may change. */
  writable: z.array(path).max(100).default([]),
});
export type SandboxSpec = z.infer<typeof sandboxSchema>;

const units = { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };

/** Bytes: a number, or a text like "2 GB" (of 1,024 each, as systems count memory). */
export const memorySchema = z.union([z.number(), z.string()]).transform((written, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(kb|mb|gb)$/i.exec(String(written)) ?? [];
  const scale = units[unit?.toLowerCase() as keyof typeof units];
  const bytes = typeof written === 'number' ? written : Math.round(Number(amount) * scale);
  if (Number.isSafeInteger(bytes) && bytes >= units.mb) return bytes;
  context.addIssue({
    code: 'custom',
    message: 'must be at least 1 MB, written like "2 GB" or as bytes',
  });
  return z.NEVER;
});
