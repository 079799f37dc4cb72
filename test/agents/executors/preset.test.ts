import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { presetExecutor } from '../../../src/agents/executors/preset-executor.ts';
import { executorSchema, presetNames, type PresetName } from '../../../src/domain/executor-spec.ts';
import {
  type Behaviour,
  describeExecutor,
  exampleContext,
  exampleInput,
  leaveDaemons,
} from './conformance.ts';
import { printing, program, spec, transcripts } from './preset-programs.ts';

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

const options = { gracePeriod: 300 };

describeExecutor('a preset', async (behaviour) => {
  const file =
    behaviour === 'is missing' ? 'no-such-agent' : await program(prelude + programs[behaviour]);
  return presetExecutor(spec({ type: 'claude', program: file }), options);
});

test.each(presetNames)(
  '%s: arguments, prompt, answer, usage, and what a person sees',
  async (type) => {
    const { output, arguments: expected, usage, shown } = transcripts[type];
    const file = await printing(output);
    const context = await exampleContext();
    const written = { type, program: file, model: 'large', args: ['--more'] };
    const outcome = await presetExecutor(spec(written))(exampleInput(), context);
    expect(outcome).toEqual({
      ok: true,
      result: { summary: type === 'aider' ? 'Edited notes.txt.' : 'All done.', usage },
      outputTail: expect.stringMatching(/^[^]*Looking\.\n[^]*notes\.txt/),
    });
    expect(outcome.outputTail).toContain(shown);
    expect(outcome.outputTail).not.toContain('"type"');
    const called = JSON.parse(await readFile(join(context.directory, 'called.json'), 'utf8')) as {
      argv: string[];
      prompt: string;
    };
    const argv = called.argv
      .map((each) => (each.startsWith('/') ? 'FILE' : each.startsWith('{') ? 'SETTINGS' : each))
      .join(' ');
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
    /^--mcp-config {.*"\$\{AURORA_URL\}\/mcp".*} --allowedTools mcp__aurora --disallowedTools /,
  );
  expect(codex).toContain('mcp_servers.aurora.url="http://127.0.0.1:4700/mcp"');
  expect(opencode).toMatch(/"continue_loop_on_deny":true.*"url":"\{env:AURORA_URL\}\/mcp"/);
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
  expect(claude).toMatch(/"--settings","[^ ]*WorktreeCreate.* exit 2/);
  expect(codex).toContain('"--sandbox","danger-full-access"');
  expect(opencode).toContain('"--auto"');
  expect(opencode).toContain('continue_loop_on_deny');
  expect(gemini).toContain('"--approval-mode","yolo"');
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
