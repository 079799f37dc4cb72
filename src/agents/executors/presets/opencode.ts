import { z } from 'zod';
import { parseRetryAfter } from '../../../domain/retry-after.ts';
import { readJsonLine } from '../json-line.ts';
import type { Complaint, Preset, PresetReader, PresetReport } from '../preset.ts';

const count = z.number().nonnegative().catch(0).default(0);
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), part: z.object({ text: z.string() }) }),
  z.object({
    type: z.literal('tool_use'),
    part: z.object({
      tool: z.string(),
      state: z.object({
        title: z.string().optional(),
        input: z.record(z.string(), z.unknown()).optional(),
        error: z.string().optional(),
      }),
    }),
  }),
  z.object({
    type: z.literal('step_finish'),
    part: z.object({
      reason: z.string().optional(),
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

/** Else it ends with the first thing that it is refused, in the middle of its work and with exit code 0. */
const goesOn = { experimental: { continue_loop_on_deny: true } };

/**
 * OpenCode: https://opencode.ai/docs/cli. Its own configuration says what it may do; what that would
 * ask for is refused, or with `all` allowed.
 */
export const opencode: Preset = {
  program: 'opencode',
  // From this one on it knows --auto.
  minimum: '1.17.18',
  install: 'npm install -g opencode-ai',
  env: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY'],
  settings: {
    OPENCODE_DISABLE_AUTOUPDATE: 'true',
    OPENCODE_CONFIG_CONTENT: JSON.stringify(goesOn),
  },
  toolSettings: {
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      ...goesOn,
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
  let lastReason: string | undefined;
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
          const { title, input = {} } = state;
          return `[${tool}] ${state.error ?? (title || JSON.stringify(input).slice(0, 500))}`;
        }
        case 'step_finish': {
          const { tokens, cost, reason } = event.part;
          steps += 1;
          lastReason = reason;
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
      verdict: complaint ?? verdictOf(steps, lastReason),
    }),
  };
}

/** It may end with 0 although it could not begin, or was about to hear what a tool had to say. */
function verdictOf(steps: number, lastReason: string | undefined): PresetReport['verdict'] {
  if (steps === 0) return 'silent';
  return lastReason === 'tool-calls' ? { message: 'it stopped in the middle of its work' } : 'done';
}

function complaintOf({
  name,
  data,
}: Extract<z.infer<typeof eventSchema>, { type: 'error' }>['error']): Complaint {
  const message = data?.message === undefined ? name : `${name}: ${data.message}`;
  const retryAfter = parseRetryAfter(data?.responseHeaders?.['retry-after'], Date.now());
  return { message, status: data?.statusCode, retryAfter };
}
