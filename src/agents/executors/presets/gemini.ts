import { z } from 'zod';
import { readJsonLine } from '../json-line.ts';
import type { Preset, PresetReader, PresetReport } from '../preset.ts';

const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    role: z.string(),
    content: z.string(),
    delta: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('tool_use'),
    tool_name: z.string(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ type: z.literal('error'), message: z.string() }),
  z.object({
    type: z.literal('result'),
    status: z.string(),
    error: z.object({ message: z.string() }).optional(),
    stats: z
      .object({
        input_tokens: z.int().nonnegative(),
        output_tokens: z.int().nonnegative(),
        total_tokens: z.int().nonnegative().optional(),
      })
      .optional(),
  }),
]);

/** Gemini CLI: https://geminicli.com/docs/cli/headless; it tells tokens, but not what they cost. */
export const gemini: Preset = {
  program: 'gemini',
  minimum: '0.11.0',
  install: 'npm install -g @google/gemini-cli',
  env: [
    'GEMINI_API_KEY',
    'GOOGLE_API_KEY',
    'GOOGLE_CLOUD_PROJECT',
    'GOOGLE_CLOUD_LOCATION',
    'GOOGLE_GENAI_USE_VERTEXAI',
    'GOOGLE_GEMINI_BASE_URL',
  ],
  // A worktree is a new folder each time, and in one that is not trusted it does not start.
  settings: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  state: ['.gemini'],
  // No way to log in, and settings that it cannot read.
  setUpWrong: [41, 52],
  promptBy: 'stdin',
  arguments: ({ model, permissions }) => [
    ...['--output-format', 'stream-json'],
    ...['--approval-mode', permissions === 'all' ? 'yolo' : 'auto_edit'],
    ...(model === undefined ? [] : ['--model', model]),
  ],
  createReader,
};

function createReader(): PresetReader {
  /** What was said since a tool was last used: the answer, in the end. */
  let answer = '';
  /** A message comes in pieces; a person sees whole lines of it. */
  let shown = '';
  let usage: PresetReport['usage'];
  let verdict: PresetReport['verdict'] = 'silent';
  const rest = () => {
    const text = shown;
    shown = '';
    return text;
  };
  return {
    line(line) {
      const event = readJsonLine(eventSchema, line);
      if (event === undefined) return line.startsWith('{') ? '' : line;
      switch (event.type) {
        case 'message': {
          if (event.role !== 'assistant') return '';
          answer = event.delta === true ? answer + event.content : event.content;
          shown += event.content;
          const end = shown.lastIndexOf('\n');
          const whole = shown.slice(0, Math.max(end, 0));
          shown = shown.slice(end + 1);
          return whole;
        }
        case 'tool_use': {
          answer = '';
          const parameters = JSON.stringify(event.parameters ?? {}).slice(0, 500);
          return [rest(), `[${event.tool_name}] ${parameters}`].filter(Boolean).join('\n');
        }
        case 'error':
          if (verdict !== 'done') verdict = { message: event.message };
          return event.message;
        case 'result':
          verdict =
            event.status === 'success' ? 'done' : (event.error ?? { message: event.status });
          if (event.stats !== undefined) {
            const {
              input_tokens: inputTokens,
              output_tokens: said,
              total_tokens: all,
            } = event.stats;
            // What it has thought is in the total alone, and paid for as what it has said.
            const outputTokens = Math.max(said, (all ?? 0) - inputTokens);
            usage = { inputTokens, outputTokens };
          }
          return [rest(), event.error?.message].filter(Boolean).join('\n');
      }
    },
    report: () => ({ usage, summary: answer, verdict }),
  };
}
