import { expect, test } from 'vitest';
import { complaintFailure } from '../../../src/agents/executors/complaint-failure.ts';
import { presetExecutor } from '../../../src/agents/executors/preset-executor.ts';
import type { PresetName } from '../../../src/domain/executor-spec.ts';
import { exampleContext, exampleInput } from './conformance.ts';
import { printing, spec, transcripts } from './preset-programs.ts';

const soon = () => Math.floor(Date.now() / 1_000) + 3_600;
test.each<[PresetName, string, readonly unknown[], object]>([
  [
    'claude',
    'a limit of its own',
    [
      { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: soon() } },
      {
        ...{ type: 'result', subtype: 'success', is_error: true, api_error_status: 429 },
        result: "You've hit your session limit · resets 9am",
      },
    ],
    { class: 'rate-limited', retryAfter: expect.closeTo(3_600_000, -5) },
  ],
  [
    'claude',
    'the end of its turns',
    [{ type: 'result', subtype: 'error_max_turns', is_error: false, errors: [] }],
    { class: 'error', message: '`claude`: it has used up its turns' },
  ],
  [
    'claude',
    'words and no result',
    ['Invalid API key · Please run /login'],
    { class: 'permanent' },
  ],
  ['claude', 'nothing at all', [], { class: 'error' }],
  [
    'claude',
    'no such model',
    [
      {
        ...{ type: 'result', subtype: 'success', is_error: true, api_error_status: 404 },
        result: "There's an issue with the selected model (x). It may not exist.",
      },
    ],
    { class: 'permanent' },
  ],
  [
    'codex',
    'a limit',
    [
      { type: 'error', message: "You've hit your usage limit. Try again in 1 hour 2 minutes." },
      {
        type: 'turn.failed',
        error: { message: "You've hit your usage limit. Try again in 1 hour 2 minutes." },
      },
    ],
    { class: 'rate-limited', retryAfter: 3_720_000 },
  ],
  [
    'codex',
    'a wrong key',
    [{ type: 'turn.failed', error: { message: 'unexpected status 401 Unauthorized' } }],
    { class: 'permanent' },
  ],
  [
    'codex',
    'an overloaded model',
    [{ type: 'turn.failed', error: { message: 'Selected model is at capacity.' } }],
    { class: 'transient' },
  ],
  [
    'opencode',
    'a limit',
    [
      {
        type: 'error',
        error: {
          name: 'APIError',
          data: { message: 'slow down', statusCode: 429, responseHeaders: { 'retry-after': '7' } },
        },
      },
    ],
    { class: 'rate-limited', retryAfter: 7_000 },
  ],
  [
    'opencode',
    'an end in the middle',
    transcripts.opencode.output.slice(0, 8),
    { class: 'error', message: '`opencode`: it stopped in the middle of its work' },
  ],
  [
    'opencode',
    'a stack trace on stdout',
    ['ProviderModelNotFoundError: model not found', '    at getModel (provider.ts:1:1)'],
    { class: 'permanent', message: expect.stringContaining('ProviderModelNotFoundError') },
  ],
  [
    'aider',
    'a wrong key',
    [
      'litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key provided',
    ],
    { class: 'permanent' },
  ],
  [
    'aider',
    'a limit after some work',
    [
      'Tokens: 100 sent, 20 received. Cost: $0.10 message, $0.10 session.',
      'litellm.RateLimitError: please retry after 20 seconds',
    ],
    { class: 'rate-limited', retryAfter: 20_000 },
  ],
  [
    'gemini',
    'a quota',
    [
      {
        type: 'result',
        status: 'error',
        error: { type: 'Error', message: 'RESOURCE_EXHAUSTED, please retry in 12.5s' },
      },
    ],
    { class: 'rate-limited', retryAfter: 12_500 },
  ],
  [
    'gemini',
    'no such model',
    [
      {
        ...{ type: 'result', status: 'error' },
        error: { type: 'unknown', message: '[API Error: models/x is not found for v1beta]' },
      },
    ],
    { class: 'permanent' },
  ],
])('%s that meets %s', async (type, _, output, failure) => {
  const executor = presetExecutor(spec({ type, program: await printing(output, 1) }));
  const outcome = await executor(exampleInput(), await exampleContext());
  expect(outcome).toMatchObject({ ok: false, failure });
});

test('an exit code of its own says that nobody has set it up', async () => {
  const executor = async (exitCode: number) =>
    presetExecutor(
      spec({ type: 'gemini', program: await printing(['Invalid auth method.'], exitCode) }),
    );
  const [login, other] = [await executor(41), await executor(1)];
  expect(await login(exampleInput(), await exampleContext())).toMatchObject({
    failure: { class: 'permanent', exitCode: 41, message: '`gemini`: Invalid auth method.' },
  });
  expect(await other(exampleInput(), await exampleContext())).toMatchObject({
    failure: { class: 'error', exitCode: 1 },
  });
});

test('what Claude Code has its subagents ask counts as what it has used', async () => {
  const model = { inputTokens: 10, cacheReadInputTokens: 2, outputTokens: 3 };
  const result = { type: 'result', subtype: 'success', is_error: false, result: 'Done.' };
  const output = [
    { ...result, usage: { input_tokens: 4, output_tokens: 1 }, modelUsage: { a: model, b: model } },
  ];
  const executor = presetExecutor(spec({ type: 'claude', program: await printing(output) }));
  expect(await executor(exampleInput(), await exampleContext())).toMatchObject({
    result: { usage: { inputTokens: 24, outputTokens: 6 } },
  });
});

test('what an agent says of limits while it works is no limit', async () => {
  const output = [
    ...transcripts.codex.output.slice(0, 2),
    { type: 'item.completed', item: { type: 'agent_message', text: 'Added a rate limit, 429.' } },
    { type: 'turn.failed', error: { message: 'the sandbox broke' } },
  ];
  const executor = presetExecutor(spec({ type: 'codex', program: await printing(output, 1) }));
  const outcome = await executor(exampleInput(), await exampleContext());
  expect(outcome).toMatchObject({ failure: { class: 'error', exitCode: 1 } });
});

test.each([
  ['Error: claude native binary not installed.', 'permanent'],
  ["Error: opencode-ai's postinstall script was not run.", 'permanent'],
  ['Missing optional dependency @openai/codex-linux-x64. Reinstall Codex', 'permanent'],
  ['Cannot connect to API: Unable to connect.', 'transient'],
  ['Internal error: The server had an error while processing it.', 'transient'],
])('"%s" is %s', (message, failureClass) => {
  expect(complaintFailure('x', { message }).class).toBe(failureClass);
});

test.each([
  ['try again in 20s', 20_000],
  ['Please try again in 1m 30.5s.', 90_500],
  ['rate limit; resets in 2 hours', 7_200_000],
  ['rate limit reached', undefined],
])('"%s" asks to wait %o ms', (message, retryAfter) => {
  const failure = complaintFailure('x', { message, status: 429 });
  expect(failure).toMatchObject({ class: 'rate-limited' });
  expect(failure.retryAfter).toBe(retryAfter);
});
