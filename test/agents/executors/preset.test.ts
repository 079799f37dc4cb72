import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaintFailure } from '../../../src/agents/executors/complaint-failure.ts';
import { presetExecutor } from '../../../src/agents/executors/preset-executor.ts';
import { findPreset } from '../../../src/agents/executors/preset-version.ts';
import {
  executorSchema,
  presetNames,
  type PresetName,
  type PresetSpec,
} from '../../../src/domain/executor-spec.ts';
import { tempDir } from '../../support/temp-dir.ts';
import {
  type Behaviour,
  describeExecutor,
  exampleContext,
  exampleInput,
  leaveDaemons,
} from './conformance.ts';

/** Programs that print what Claude Code prints; `permission` to the test of every executor. */
const prelude = `
  const { readFileSync, writeFileSync } = require('fs');
  const print = (event) => console.log(JSON.stringify(event));
  const say = (text) => print({ type: 'assistant', message: { id: text, content: [{ type: 'text', text }] } });
  const end = (rest) => print({ type: 'result', subtype: 'success', is_error: false, result: 'All done.', ...rest });
  const report = (text) => writeFileSync(process.env.AURORA_RESULT_FILE, text);
  print({ type: 'system', subtype: 'init', cwd: process.cwd() });`;
const failing = (rest: object) =>
  `say('about to fail'); end(${JSON.stringify({ is_error: true, ...rest })}); process.exitCode = 1`;
const programs: Record<Behaviour, string> = {
  succeeds: `say('working');
    const prompt = readFileSync(0, 'utf8');
    const summary = 'did ' + process.env.AURORA_TASK_ID + ', attempt ' + process.env.AURORA_ATTEMPT +
      ', after ' + prompt.split('- Tried:').slice(1).length + ' lesson';
    report(JSON.stringify({ summary, result: { files: ['a\\0b'] },
      usage: { inputTokens: 10, costUsd: 0.5 }, patterns: [{ content: 'works', tags: ['x'] }] }));
    end()`,
  'reports nothing': `end({ result: '' })`,
  fails: failing({ subtype: 'error_during_execution', errors: ['it broke'] }),
  'fails for now': failing({ api_error_status: 529, result: 'API Error: Overloaded' }),
  'fails for good': failing({ result: 'Invalid API key · Please run /login' }),
  'prints 100 MB': `let n = 100_000;
    const line = JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text: 'x'.repeat(999) }] } }) + '\\n';
    const more = () => { while (n-- > 0) if (!process.stdout.write(line)) return process.stdout.once('drain', more); say('the end'); end() };
    more()`,
  'prints a secret': `say('my token is ' + process.env.SERVICE_TOKEN);
    end({ is_error: true, result: 'with ' + process.env.SERVICE_TOKEN })`,
  'never ends': `process.on('SIGTERM', () => {}); say('on and on'); setInterval(() => {}, 1000)`,
  'leaves a child behind': `const child = require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
    writeFileSync('child.pid', String(child.pid)); child.unref(); end()`,
  'leaves daemons behind': `require('child_process').execFileSync('sh', ['-c', ${JSON.stringify(leaveDaemons)}], { stdio: 'inherit' }); end()`,
  'reports something that is no result': `report('{"summary": 3}'); end()`,
  'reports too much': `report(JSON.stringify({ summary: 'x', result: 'y'.repeat(1_100_000) })); end()`,
  'is missing': '',
};

/** An executable file. */
async function program(source: string): Promise<string> {
  const file = join(await tempDir(), 'agent.cjs');
  await writeFile(file, `#!${process.execPath}\n${source}`, { mode: 0o755 });
  return file;
}

const spec = (written: object) => executorSchema.parse(written) as PresetSpec;
const options = { gracePeriod: 300 };

describeExecutor('a preset', async (behaviour) => {
  const file =
    behaviour === 'is missing' ? 'no-such-agent' : await program(prelude + programs[behaviour]);
  return presetExecutor(spec({ type: 'claude', program: file }), options);
});

/** What each program prints at its best, and the arguments that it needs for that. */
const transcripts: Record<PresetName, { arguments: string; output: readonly unknown[] }> = {
  claude: {
    arguments:
      '-p --output-format stream-json --verbose --permission-mode acceptEdits --model large --more',
    output: [
      { type: 'system', subtype: 'init', session_id: 's', tools: ['Edit'] },
      {
        type: 'assistant',
        message: {
          id: 'm1',
          content: [
            { type: 'text', text: 'Looking.' },
            { type: 'tool_use', id: 't1', name: 'Edit', input: { file_path: 'a.ts' } },
          ],
        },
      },
      { type: 'user', message: { content: [{ type: 'tool_result', content: 'ok' }] } },
      { type: 'rate_limit_event', rate_limit_info: { status: 'allowed', resetsAt: 1 } },
      {
        ...{ type: 'result', subtype: 'success', is_error: false, result: 'All done.' },
        ...{ total_cost_usd: 0.25, num_turns: 2, session_id: 's' },
        usage: {
          input_tokens: 100,
          cache_creation_input_tokens: 20,
          cache_read_input_tokens: 3,
          output_tokens: 45,
        },
      },
    ],
  },
  codex: {
    arguments: 'exec --json --skip-git-repo-check --sandbox workspace-write --model large --more',
    output: [
      { type: 'thread.started', thread_id: 't' },
      { type: 'turn.started' },
      { type: 'error', message: 'Reconnecting... 1/5' },
      { type: 'item.completed', item: { id: '1', type: 'reasoning', text: 'hm' } },
      { type: 'item.completed', item: { id: '2', type: 'agent_message', text: 'Looking.' } },
      {
        type: 'item.completed',
        item: { id: '3', type: 'command_execution', command: 'npm test', exit_code: 1 },
      },
      {
        type: 'item.completed',
        item: { id: '4', type: 'file_change', changes: [{ path: 'a.ts', kind: 'update' }] },
      },
      { type: 'item.completed', item: { id: '5', type: 'agent_message', text: 'All done.' } },
      {
        type: 'turn.completed',
        usage: { input_tokens: 123, cached_input_tokens: 23, output_tokens: 45 },
      },
    ],
  },
  opencode: {
    arguments: 'run --format json --model large --more',
    output: [
      { type: 'step_start', sessionID: 's', part: { type: 'step-start' } },
      { type: 'text', part: { type: 'text', text: 'Looking.' } },
      {
        type: 'tool_use',
        part: { type: 'tool', tool: 'edit', state: { status: 'completed', title: 'a.ts' } },
      },
      {
        type: 'step_finish',
        part: {
          reason: 'tool-calls',
          cost: 0.125,
          tokens: { input: 60, output: 20, reasoning: 5, cache: { read: 3, write: 20 } },
        },
      },
      { type: 'text', part: { type: 'text', text: 'All done.' } },
      {
        type: 'step_finish',
        part: { reason: 'stop', cost: 0.125, tokens: { input: 40, output: 20, reasoning: 0 } },
      },
    ],
  },
  aider: {
    arguments:
      '--message-file FILE --yes-always --no-auto-commits --no-dirty-commits --no-gitignore --no-pretty --no-stream --no-suggest-shell-commands --no-detect-urls --no-check-update --no-show-release-notes --no-show-model-warnings --analytics-disable --input-history-file FILE --chat-history-file FILE --model large --more',
    output: [
      'Aider v0.86.1',
      'litellm.APIConnectionError: connection reset',
      'Retrying in 0.2 seconds...',
      'Looking.',
      'Tokens: 100 sent, 20 cache write, 20 received. Cost: $0.10 message, $0.10 session.',
      'Applied edit to a.ts',
      'Tokens: 1.2k sent, 25 received. Cost: $0.15 message, $0.25 session.',
    ],
  },
  gemini: {
    arguments: '--output-format stream-json --approval-mode auto_edit --model large --more',
    output: [
      { type: 'init', timestamp: 't', session_id: 's', model: 'm' },
      { type: 'message', role: 'user', content: 'the prompt' },
      { type: 'message', role: 'assistant', content: 'Look', delta: true },
      { type: 'message', role: 'assistant', content: 'ing.', delta: true },
      { type: 'tool_use', tool_name: 'edit', tool_id: '1', parameters: { path: 'a.ts' } },
      { type: 'tool_result', tool_id: '1', status: 'success' },
      { type: 'message', role: 'assistant', content: 'All ', delta: true },
      { type: 'message', role: 'assistant', content: 'done.', delta: true },
      {
        type: 'result',
        status: 'success',
        stats: { total_tokens: 168, input_tokens: 123, output_tokens: 45, tool_calls: 1 },
      },
    ],
  },
};

const lines = (output: readonly unknown[]) =>
  output.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n');

/** A program that prints these and notes how it was called. */
const printing = (output: readonly unknown[], exitCode = 0) =>
  program(`const { readFileSync, writeFileSync, mkdirSync } = require('fs');
    const argv = process.argv.slice(2);
    const file = argv[argv.indexOf('--message-file') + 1];
    writeFileSync('called.json', JSON.stringify({ argv, env: process.env, prompt: readFileSync(0, 'utf8') || readFileSync(file, 'utf8') }));
    mkdirSync('.aider.tags.cache.v4');
    console.log(${JSON.stringify(lines(output))});
    process.exitCode = ${exitCode}`);

test.each(presetNames)(
  '%s: arguments, prompt, answer, usage, and what a person sees',
  async (type) => {
    const { output, arguments: expected } = transcripts[type];
    const file = await printing(output);
    const context = await exampleContext();
    const written = { type, program: file, model: 'large', args: ['--more'] };
    const outcome = await presetExecutor(spec(written))(exampleInput(), context);
    const [inputTokens, costUsd] = type === 'aider' ? [1_300, 0.25] : [123, 0.25];
    const isPriced = type !== 'codex' && type !== 'gemini';
    expect(outcome).toEqual({
      ok: true,
      result: {
        summary: type === 'aider' ? 'Edited a.ts.' : 'All done.',
        usage: { inputTokens, outputTokens: 45, ...(isPriced ? { costUsd } : {}) },
      },
      outputTail: expect.stringMatching(/^(?=[^]*Looking\.\n)[^]*a\.ts/),
    });
    expect(outcome.outputTail).not.toContain('"type"');
    const called = JSON.parse(await readFile(join(context.directory, 'called.json'), 'utf8')) as {
      argv: string[];
      prompt: string;
    };
    const argv = called.argv.map((each) => (each.startsWith('/') ? 'FILE' : each)).join(' ');
    expect(argv).toBe(expected);
    expect(called.prompt).toContain('# Notes endpoints');
    const left = join(context.directory, '.aider.tags.cache.v4');
    const isTidy = await readFile(left).then(
      () => false,
      (error: Error) => error.message.includes('ENOENT'),
    );
    expect(isTidy).toBe(type === 'aider');
  },
);

test("Aurora's tools are given from outside of the worktree, and the token in no argument", async () => {
  const { line } = await exampleContext();
  const web = { url: 'http://127.0.0.1:4700', token: 'the-token' };
  const given: string[] = [];
  for (const type of ['claude', 'codex', 'opencode'] as const) {
    const file = await printing(transcripts[type].output);
    const context = await exampleContext({ line: { ...line, web } });
    await presetExecutor(spec({ type, program: file, tools: true }))(exampleInput(), context);
    const text = await readFile(join(context.directory, 'called.json'), 'utf8');
    const { argv, env } = JSON.parse(text) as { argv: string[]; env: Record<string, string> };
    expect(argv.join(' ')).not.toContain(web.token);
    expect(env['AURORA_TOKEN']).toBe(web.token);
    given.push(`${argv.join(' ')} ${env['OPENCODE_CONFIG_CONTENT'] ?? ''}`);
  }
  const [claude, codex, opencode] = given;
  expect(claude).toMatch(
    /^--mcp-config {.*"\$\{AURORA_URL\}\/mcp".*} --allowedTools mcp__aurora -p /,
  );
  expect(codex).toContain('mcp_servers.aurora.url="http://127.0.0.1:4700/mcp"');
  expect(opencode).toContain('"url":"{env:AURORA_URL}/mcp"');
  expect(executorSchema.safeParse({ type: 'aider', tools: true }).success).toBe(false);
});

test('what they may do unasked', async () => {
  const given: Partial<Record<PresetName, string>> = {};
  // One after the other: they are the same attempt, whose end ends all that is left of it.
  for (const type of presetNames) {
    const file = await printing(transcripts[type].output);
    const context = await exampleContext();
    await presetExecutor(spec({ type, program: file, permissions: 'all' }))(
      exampleInput(),
      context,
    );
    given[type] = await readFile(join(context.directory, 'called.json'), 'utf8');
  }
  const { claude, codex, opencode, gemini } = given;
  expect(claude).toContain('"--permission-mode","bypassPermissions"');
  expect(codex).toContain('"--sandbox","danger-full-access"');
  expect(opencode).toContain('"--auto"');
  expect(gemini).toContain('"--approval-mode","yolo"');
});

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
])('%s that meets %s', async (type, _, output, failure) => {
  const executor = presetExecutor(spec({ type, program: await printing(output, 1) }));
  const outcome = await executor(exampleInput(), await exampleContext());
  expect(outcome).toMatchObject({ ok: false, failure });
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

test('what was spent before it was stopped is known', async () => {
  const usage = { input_tokens: 7, output_tokens: 5 };
  const source = `${prelude}
    for (const id of ['1', '1', '2']) print({ type: 'assistant', message: { id, content: [], usage: ${JSON.stringify(usage)} } });
    say('ready'); setInterval(() => {}, 1000)`;
  const stop = new AbortController();
  const context = await exampleContext({
    signal: stop.signal,
    onOutput: (chunk) => chunk.includes('ready') && stop.abort(new Error('enough')),
  });
  const executor = presetExecutor(
    spec({ type: 'claude', program: await program(source) }),
    options,
  );
  expect(await executor(exampleInput(), context)).toMatchObject({
    failure: { class: 'cancelled' },
    result: { usage: { inputTokens: 14, outputTokens: 10 } },
  });
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

test.each([
  ['2.1.3 (Claude Code)', { kind: 'fits', version: '2.1.3' }],
  ['1.10.0', { kind: 'old', version: '1.10.0', minimum: '2.0.0' }],
  ['who knows', { kind: 'unclear', why: 'who knows' }],
])('a program that says it is %s', async (says, found) => {
  const file = await program(`console.log(${JSON.stringify(says)})`);
  const { env } = await exampleContext();
  expect(await findPreset(spec({ type: 'claude', program: file }), env, '/')).toEqual(found);
});

test('a program that is missing, and how to get it', async () => {
  const { env } = await exampleContext();
  const found = await findPreset(spec({ type: 'codex', program: 'no-such-agent' }), env, '/');
  expect(found).toEqual({ kind: 'missing', install: 'npm install -g @openai/codex' });
});
