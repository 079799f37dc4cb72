import { z } from 'zod';
import type { Complaint, Preset, PresetReader } from '../preset.ts';
import { readJsonLine } from '../json-line.ts';

const count = z.int().nonnegative().catch(0).default(0);
const usageSchema = z.object({
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
});
type ClaudeUsage = z.infer<typeof usageSchema>;

/** Of one model. */
const modelUsageSchema = z
  .object({
    inputTokens: count,
    cacheCreationInputTokens: count,
    cacheReadInputTokens: count,
    outputTokens: count,
  })
  .transform((usage): ClaudeUsage => ({
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheCreationInputTokens,
    cache_read_input_tokens: usage.cacheReadInputTokens,
    output_tokens: usage.outputTokens,
  }));

const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('assistant'),
    message: z.object({
      id: z.string().optional(),
      content: z.array(
        z.object({
          type: z.string(),
          text: z.string().optional(),
          name: z.string().optional(),
          input: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
      usage: usageSchema.optional(),
    }),
  }),
  z.object({
    type: z.literal('user'),
    message: z.object({
      content: z.array(
        z.object({ is_error: z.boolean().optional(), content: z.unknown().optional() }),
      ),
    }),
  }),
  z.object({
    type: z.literal('system'),
    subtype: z.string(),
    error_status: z.number().nullish(),
    error: z.string().optional(),
    attempt: z.number().optional(),
  }),
  z.object({
    type: z.literal('rate_limit_event'),
    /** Seconds since the epoch. */
    rate_limit_info: z.object({ status: z.string(), resetsAt: z.number().optional() }),
  }),
  z.object({
    type: z.literal('result'),
    subtype: z.string(),
    is_error: z.boolean(),
    result: z.string().optional(),
    errors: z.array(z.string()).optional(),
    api_error_status: z.number().nullish(),
    total_cost_usd: z.number().nonnegative().optional(),
    usage: usageSchema.optional(),
    modelUsage: z.record(z.string(), modelUsageSchema).optional().catch(undefined),
  }),
]);
type ClaudeEvent = z.infer<typeof eventSchema>;
type Result = Extract<ClaudeEvent, { type: 'result' }>;
type ToolResult = Extract<ClaudeEvent, { type: 'user' }>['message']['content'][number];
type Content = Extract<ClaudeEvent, { type: 'assistant' }>['message']['content'][number];

/** It replaces the variables itself, so that no token stands in its arguments. */
const toolServers = JSON.stringify({
  mcpServers: {
    aurora: {
      type: 'http',
      url: '${AURORA_URL}/mcp',
      headers: { Authorization: 'Bearer ${AURORA_TOKEN}' },
    },
  },
});

/**
 * Worktrees that it makes for itself or its subagents would be in the mirror, beside the attempt's: what
 * is done there is lost, and nobody clears it away. This is told to the agent that wants one.
 */
const noWorktrees = JSON.stringify({
  hooks: {
    WorktreeCreate: [
      { hooks: [{ type: 'command', command: "echo 'Work in this worktree.' >&2; exit 2" }] },
    ],
  },
});

/** Claude Code: https://code.claude.com/docs/en/headless */
export const claude: Preset = {
  program: 'claude',
  minimum: '2.0.0',
  install: 'npm install -g @anthropic-ai/claude-code',
  env: [
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_BASE_URL',
    'CLAUDE_CODE_OAUTH_TOKEN',
    'CLAUDE_CONFIG_DIR',
  ],
  state: ['.claude', '.claude.json'],
  // As root it does all only where it knows that a sandbox holds it.
  sandboxSettings: { IS_SANDBOX: '1' },
  promptBy: 'stdin',
  arguments: ({ model, permissions, toolsUrl }) => [
    ...(toolsUrl === undefined
      ? []
      : ['--mcp-config', toolServers, '--allowedTools', 'mcp__aurora']),
    ...['--disallowedTools', 'EnterWorktree,ExitWorktree', '--settings', noWorktrees],
    ...['-p', '--output-format', 'stream-json', '--verbose'],
    ...['--permission-mode', permissions === 'all' ? 'bypassPermissions' : 'acceptEdits'],
    ...(model === undefined ? [] : ['--model', model]),
  ],
  createReader,
};

function createReader(): PresetReader {
  /** By message: what was spent should it never come to a result. */
  const spent = new Map<string, ClaudeUsage>();
  let resetsAt: number | undefined;
  let result: Result | undefined;
  return {
    line(line) {
      const event = readJsonLine(eventSchema, line);
      if (event === undefined) return line.startsWith('{') ? '' : line;
      switch (event.type) {
        case 'assistant':
          if (event.message.usage) spent.set(event.message.id ?? '', event.message.usage);
          return event.message.content.map(shown).filter(Boolean).join('\n');
        case 'user':
          return event.message.content.map(shownError).filter(Boolean).join('\n');
        case 'system':
          return event.subtype === 'api_retry'
            ? `The model cannot be reached (${event.error ?? 'error'}, HTTP ${event.error_status ?? '-'}), attempt ${event.attempt ?? '?'}`
            : '';
        case 'rate_limit_event': {
          const { status, resetsAt: at } = event.rate_limit_info;
          if (status === 'rejected') resetsAt = at;
          return '';
        }
        case 'result':
          result = event;
          return '';
      }
    },
    report() {
      if (result === undefined) {
        const usage = spent.size === 0 ? undefined : sumOf([...spent.values()]);
        return { usage, verdict: 'silent' };
      }
      const usage = {
        ...tokensOf(result),
        ...(result.total_cost_usd === undefined ? {} : { costUsd: result.total_cost_usd }),
      };
      return result.is_error || result.subtype !== 'success'
        ? { usage, verdict: complaintOf(result, resetsAt) }
        : { usage, summary: result.result, verdict: 'done' };
    },
  };
}

function shown({ type, text, name, input }: Content): string {
  if (type === 'text') return text ?? '';
  if (type !== 'tool_use') return '';
  return `[${name ?? 'tool'}] ${JSON.stringify(input ?? {}).slice(0, 500)}`;
}

/** What it may not do is among these. */
function shownError({ is_error: isError, content }: ToolResult): string {
  if (isError !== true) return '';
  return `[error] ${(typeof content === 'string' ? content : JSON.stringify(content ?? '')).slice(0, 500)}`;
}

const endings: Record<string, string> = {
  error_max_turns: 'it has used up its turns',
  error_max_budget_usd: 'it has used up its budget',
};

function complaintOf(result: Result, resetsAt: number | undefined): Complaint {
  const words = [endings[result.subtype], ...(result.errors ?? []), result.result];
  const message = words.filter(Boolean).join('; ') || result.subtype;
  // "Claude AI usage limit reached|1753077600", as older versions say it.
  const told = /limit reached\|(\d{10})\b/.exec(message)?.[1];
  const until = resetsAt ?? (told === undefined ? undefined : Number(told));
  const retryAfter = until === undefined ? undefined : Math.max(0, until * 1_000 - Date.now());
  return { message, status: result.api_error_status ?? undefined, retryAfter };
}

/** By model it counts its subagents and helpers, too, which are in what it costs and not in `usage`. */
function tokensOf({ usage, modelUsage = {} }: Result) {
  const byModel = Object.values(modelUsage);
  if (byModel.length > 0) return sumOf(byModel);
  return usage === undefined ? {} : sumOf([usage]);
}

function sumOf(usages: readonly ClaudeUsage[]) {
  let inputTokens = 0;
  let outputTokens = 0;
  for (const each of usages) {
    inputTokens +=
      each.input_tokens + each.cache_creation_input_tokens + each.cache_read_input_tokens;
    outputTokens += each.output_tokens;
  }
  return { inputTokens, outputTokens };
}
