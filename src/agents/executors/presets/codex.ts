import { z } from 'zod';
import { readJsonLine } from '../json-line.ts';
import type { Preset, PresetReader, PresetReport } from '../preset.ts';

const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('item.completed'),
    item: z.object({
      type: z.string(),
      text: z.string().optional(),
      message: z.string().optional(),
      command: z.string().optional(),
      exit_code: z.number().nullish(),
      server: z.string().optional(),
      tool: z.string().optional(),
      arguments: z.unknown().optional(),
      changes: z.array(z.object({ path: z.string(), kind: z.unknown() })).optional(),
    }),
  }),
  z.object({
    type: z.literal('turn.completed'),
    usage: z.object({
      input_tokens: z.int().nonnegative(),
      output_tokens: z.int().nonnegative(),
    }),
  }),
  z.object({ type: z.literal('turn.failed'), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);
type Item = Extract<z.infer<typeof eventSchema>, { type: 'item.completed' }>['item'];

/**
 * Codex: https://developers.openai.com/codex/noninteractive; it tells tokens, but not what they cost. Its
 * key is the one of its login or CODEX_API_KEY; OPENAI_API_KEY is for providers that its configuration
 * names.
 */
export const codex: Preset = {
  program: 'codex',
  minimum: '0.44.0',
  install: 'npm install -g @openai/codex',
  env: ['CODEX_API_KEY', 'OPENAI_API_KEY', 'OPENAI_BASE_URL', 'CODEX_HOME'],
  state: ['.codex'],
  ownSandbox: true,
  promptBy: 'stdin',
  arguments: ({ model, permissions, toolsUrl }) => [
    ...(toolsUrl === undefined
      ? []
      : [
          ...['-c', `mcp_servers.aurora.url=${JSON.stringify(toolsUrl)}`],
          ...['-c', 'mcp_servers.aurora.bearer_token_env_var="AURORA_TOKEN"'],
        ]),
    // A run without a repository has none to check.
    ...['exec', '--json', '--skip-git-repo-check'],
    ...['--sandbox', permissions === 'all' ? 'danger-full-access' : 'workspace-write'],
    ...(model === undefined ? [] : ['--model', model]),
  ],
  createReader,
};

function createReader(): PresetReader {
  let summary: string | undefined;
  let usage: PresetReport['usage'];
  let verdict: PresetReport['verdict'] = 'silent';
  return {
    line(line) {
      const event = readJsonLine(eventSchema, line);
      if (event === undefined) return line.startsWith('{') ? '' : line;
      switch (event.type) {
        case 'item.completed':
          if (event.item.type === 'agent_message') summary = event.item.text;
          return shown(event.item);
        case 'turn.completed':
          // Of the whole thread: a later turn's numbers hold the earlier ones.
          usage = {
            inputTokens: event.usage.input_tokens,
            outputTokens: event.usage.output_tokens,
          };
          verdict = 'done';
          return '';
        case 'turn.failed':
          verdict = event.error;
          return event.error.message;
        case 'error':
          // Also said of a connection that is then made again.
          if (verdict !== 'done') verdict = { message: event.message };
          return event.message;
      }
    },
    report: () => ({ usage, summary, verdict }),
  };
}

function shown(item: Item): string {
  const { type, text, message, command, exit_code: exitCode, changes } = item;
  switch (type) {
    case 'agent_message':
      return text ?? '';
    case 'command_execution':
      return `$ ${command ?? ''}${exitCode ? ` (exit code ${exitCode})` : ''}`;
    case 'file_change':
      return (changes ?? []).map(({ path }) => `[edit] ${path}`).join('\n');
    case 'mcp_tool_call':
      return `[${item.server}.${item.tool}] ${JSON.stringify(item.arguments ?? {}).slice(0, 500)}`;
    case 'error':
      return message ?? '';
    default:
      return '';
  }
}
