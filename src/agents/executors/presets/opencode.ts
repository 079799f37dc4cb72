import { z } from 'zod';
import { parseRetryAfter } from '../../../domain/retry-after.ts';
import { readJsonLine } from '../json-line.ts';
import type { Complaint, Preset, PresetReader } from '../preset.ts';

const count = z.number().nonnegative().catch(0).default(0);
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), part: z.object({ text: z.string() }) }),
  z.object({
    type: z.literal('tool_use'),
    part: z.object({
      tool: z.string(),
      state: z.object({ title: z.string().optional(), error: z.string().optional() }),
    }),
  }),
  z.object({
    type: z.literal('step_finish'),
    part: z.object({
      cost: count,
      tokens: z.object({
        input: count,
        output: count,
        reasoning: count,
        cache: z.object({ read: count, write: count }).default({ read: 0, write: 0 }),
      }),
    }),
  }),
  z.object({
    type: z.literal('error'),
    error: z.object({
      name: z.string(),
      data: z
        .object({
          message: z.string().optional(),
          statusCode: z.number().optional(),
          responseHeaders: z.record(z.string(), z.string()).optional(),
        })
        .optional(),
    }),
  }),
]);

/**
 * OpenCode: https://opencode.ai/docs/cli. Its own configuration says what it may do; what that would
 * ask for is refused, or with `all` allowed.
 */
export const opencode: Preset = {
  program: 'opencode',
  minimum: '1.0.0',
  install: 'npm install -g opencode-ai',
  env: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY'],
  settings: { OPENCODE_DISABLE_AUTOUPDATE: 'true' },
  toolSettings: {
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      mcp: {
        aurora: {
          type: 'remote',
          url: '{env:AURORA_URL}/mcp',
          headers: { Authorization: 'Bearer {env:AURORA_TOKEN}' },
        },
      },
    }),
  },
  state: ['.config/opencode', '.local/share/opencode', '.local/state/opencode', '.cache/opencode'],
  promptBy: 'stdin',
  arguments: ({ model, permissions }) => [
    ...['run', '--format', 'json'],
    ...(permissions === 'all' ? ['--auto'] : []),
    ...(model === undefined ? [] : ['--model', model]),
  ],
  createReader,
};

function createReader(): PresetReader {
  let summary: string | undefined;
  let steps = 0;
  const usage = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
  let complaint: Complaint | undefined;
  return {
    line(line) {
      const event = readJsonLine(eventSchema, line);
      if (event === undefined) return line.startsWith('{') ? '' : line;
      switch (event.type) {
        case 'text':
          summary = event.part.text;
          return event.part.text;
        case 'tool_use': {
          const { tool, state } = event.part;
          return `[${tool}] ${state.error ?? state.title ?? ''}`;
        }
        case 'step_finish': {
          const { tokens, cost } = event.part;
          steps += 1;
          usage.inputTokens += Math.round(tokens.input + tokens.cache.read + tokens.cache.write);
          usage.outputTokens += Math.round(tokens.output + tokens.reasoning);
          usage.costUsd += cost;
          return '';
        }
        case 'error':
          complaint = complaintOf(event.error);
          return complaint.message;
      }
    },
    report: () => ({
      summary,
      usage: steps === 0 ? undefined : usage,
      // It may end with 0 although it could not begin.
      verdict: complaint ?? (steps === 0 ? 'silent' : 'done'),
    }),
  };
}

function complaintOf({
  name,
  data,
}: Extract<z.infer<typeof eventSchema>, { type: 'error' }>['error']): Complaint {
  const message = data?.message === undefined ? name : `${name}: ${data.message}`;
  const retryAfter = parseRetryAfter(data?.responseHeaders?.['retry-after'], Date.now());
  return { message, status: data?.statusCode, retryAfter };
}
