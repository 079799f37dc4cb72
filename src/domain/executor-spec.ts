import { z } from 'zod';

const environmentNames = z
  .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
  .max(100)
  .default([]);

/** Coding agents whose command line Aurora knows. */
export const presetNames = ['claude', 'codex', 'opencode', 'aider', 'gemini'] as const;
export type PresetName = (typeof presetNames)[number];

const presetSchema = z.strictObject({
  type: z.enum(presetNames),
  /** In the program's own words; its default when not given. */
  model: z.string().min(1).max(200).optional(),
  /**
   * What the program may do unasked: `edit` files of the worktree, or `all`. Nobody is there to be
   * asked, so what is not allowed is refused.
   */
  permissions: z.enum(['edit', 'all']).default('edit'),
  /** Further arguments, after Aurora's. */
  args: z.array(z.string()).max(200).default([]),
  /** Name or path of the program, where it is not on the PATH under its usual name. */
  program: z.string().min(1).optional(),
  /** Further environment variables of ours that the program may see, beside those of its provider. */
  env: environmentNames,
});

export type PresetSpec = z.infer<typeof presetSchema>;

/** How an agent does its work. */
export const executorSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('command'),
    /** argv; `{prompt}` and `{promptFile}` are replaced. Never passed to a shell. */
    command: z.array(z.string().min(1)).min(1).max(200),
    /** Further environment variables of ours that the command may see, by name. */
    env: environmentNames,
  }),
  z.strictObject({
    type: z.literal('function'),
    /** ES module whose default export is `async (task, ctx) => result`; relative to the config. */
    module: z.string().min(1),
  }),
  presetSchema,
]);

export type ExecutorSpec = z.infer<typeof executorSchema>;

export const executorTypes = ['command', 'function', ...presetNames] as const;

/** An executor as the configuration may write it: a preset also by its name alone. */
export const writtenExecutorSchema = z
  .custom<PresetName | z.input<typeof executorSchema>>()
  .transform((written) => (typeof written === 'string' ? { type: written } : written))
  .pipe(executorSchema);
