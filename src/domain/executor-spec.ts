import { z } from 'zod';
import { modelReferenceSchema } from './model.ts';

const environmentNames = z
  .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
  .max(100)
  .default([]);

/** Coding agents whose command line Aurora knows. */
export const presetNames = ['claude', 'codex', 'opencode', 'aider', 'gemini'] as const;
export type PresetName = (typeof presetNames)[number];

/**
 * What a program may do unasked: `edit` files of the worktree, or `all`. Nobody is there to be asked,
 * so what is not allowed is refused.
 */
const permissions = z.enum(['edit', 'all']).default('edit');

/** Those that can be given tools from outside of the worktree. */
const givenTools: readonly string[] = ['claude', 'codex', 'opencode'];

const presetSchema = z
  .strictObject({
    type: z.enum(presetNames),
    /** In the program's own words; its default when not given. */
    model: z.string().min(1).max(200).optional(),
    permissions,
    /** Further arguments, after Aurora's. */
    args: z.array(z.string()).max(200).default([]),
    /** Name or path of the program, where it is not on the PATH under its usual name. */
    program: z.string().min(1).optional(),
    /** Further environment variables of ours that the program may see, beside those of its provider. */
    env: environmentNames,
    /** Whether it is given Aurora's own tools: its task, and the memory of its project. */
    tools: z.boolean().default(false),
  })
  .refine(({ type, tools }) => !tools || givenTools.includes(type), {
    message: `can be given by Aurora to ${givenTools.join(', ')} only; configure the others yourself (docs/mcp.md)`,
    path: ['tools'],
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
  z.strictObject({
    type: z.literal('model'),
    /** `provider:name`, as everywhere. */
    model: modelReferenceSchema,
    /** Commands that it may run beside the task's own check, by the words that they begin with. */
    commands: z
      .array(z.array(z.string().min(1)).min(1).max(50))
      .max(100)
      .default([]),
    /** Answers of the model in one attempt. */
    maxSteps: z.int().min(1).max(1_000).default(100),
    /** Tokens in and out in one attempt. */
    maxTokens: z.int().min(1).optional(),
    /** US dollars for one attempt; needs the model's price under `models`. */
    maxCostUsd: z.number().positive().optional(),
    /** Further environment variables of ours that its commands may see. */
    env: environmentNames,
  }),
  z.strictObject({
    type: z.literal('acp'),
    /** argv of a program that speaks the Agent Client Protocol on stdin and stdout. */
    command: z.array(z.string().min(1)).min(1).max(200),
    permissions,
    /** Further environment variables of ours that it may see. */
    env: environmentNames,
  }),
  presetSchema,
]);

export type ExecutorSpec = z.infer<typeof executorSchema>;

export type ModelExecutorSpec = Extract<ExecutorSpec, { readonly type: 'model' }>;

export type AcpSpec = Extract<ExecutorSpec, { readonly type: 'acp' }>;

export const executorTypes = ['command', 'function', 'model', 'acp', ...presetNames] as const;

/** An executor as the configuration may write it: a preset also by its name alone. */
export const writtenExecutorSchema = z
  .custom<PresetName | z.input<typeof executorSchema>>()
  .transform((written) => (typeof written === 'string' ? { type: written } : written))
  .pipe(executorSchema);
