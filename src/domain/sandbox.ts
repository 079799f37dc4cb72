import { z } from 'zod';

const path = z.string().min(1).max(4_096);

const reach = {
  /** Whether they reach anything beyond this machine's loopback, which is then their own. */
  network: z.boolean().default(true),
  /** Further files and folders that they may read; `~` is the home folder, else relative to the config. */
  readable: z.array(path).max(100).default([]),
  /** Further files and folders that they may change. */
  writable: z.array(path).max(100).default([]),
};

const bubblewrapSchema = z.strictObject({ type: z.literal('bubblewrap'), ...reach });

const dockerSchema = z.strictObject({
  type: z.literal('docker'),
  /** What it is made of, with the agent's program in it; it is never pulled by an attempt. */
  image: z.string().regex(/^[a-z0-9][\w.\-/:@]*$/, 'must be the name of an image'),
  /** The client: another one that takes the same arguments, or its path. */
  program: z.string().min(1).max(4_096).default('docker'),
  /** As whom; the worker's user when not given. A daemon without rights of root has "0:0" for that one. */
  user: z
    .string()
    .regex(/^\d+:\d+$/, 'must be written like "1000:1000"')
    .optional(),
  ...reach,
});

/** How far the programs of an agent can reach. */
export const sandboxSchema = z.discriminatedUnion('type', [bubblewrapSchema, dockerSchema]);
export type SandboxSpec = z.infer<typeof sandboxSchema>;
export type BubblewrapSpec = z.infer<typeof bubblewrapSchema>;
export type DockerSpec = z.infer<typeof dockerSchema>;

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
