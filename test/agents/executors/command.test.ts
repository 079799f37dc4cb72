import { access, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { commandExecutor } from '../../../src/agents/executors/command.ts';
import {
  type Behaviour,
  describeExecutor,
  exampleContext,
  exampleInput,
  exampleRun,
  leaveDaemons,
} from './conformance.ts';

const report = 'require("fs").writeFileSync(process.env.AURORA_RESULT_FILE, ';
/** Programs for Node, which stand for any agent's command. */
const programs: Record<Behaviour, string> = {
  succeeds: `console.log('working');
    const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
    const summary = 'did ' + input.task.id + ', attempt ' + process.env.AURORA_ATTEMPT +
      ', after ' + input.lessons.length + ' lesson';
    ${report} JSON.stringify({ summary, result: { files: ['a\\0b'] },
      usage: { inputTokens: 10, costUsd: 0.5 }, patterns: [{ content: 'works', tags: ['x'] }] }))`,
  'reports nothing': ``,
  fails: `console.log('about to fail'); process.exitCode = 1`,
  'fails for now': `console.log('about to fail'); process.exitCode = 75`,
  'fails for good': `console.log('about to fail'); process.exitCode = 78`,
  'prints 100 MB': `const line = 'x'.repeat(999) + '\\n';
    let n = 100_000;
    const more = () => { while (n-- > 0) if (!process.stdout.write(line)) return process.stdout.once('drain', more); console.log('the end'); };
    more()`,
  'prints a secret': `console.log('my token is ' + process.env.SERVICE_TOKEN); process.exitCode = 1`,
  'never ends': `process.on('SIGTERM', () => {}); console.log('on and on'); setInterval(() => {}, 1000)`,
  'leaves a child behind': `const child = require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
    require('fs').writeFileSync('child.pid', String(child.pid)); child.unref()`,
  'leaves daemons behind': `require('child_process').execFileSync('sh', ['-c', ${JSON.stringify(leaveDaemons)}], { stdio: 'inherit' })`,
  'reports something that is no result': `${report} '{"summary": 3}')`,
  'reports too much': `${report} JSON.stringify({ summary: 'x', result: 'y'.repeat(1_100_000) }))`,
  'is missing': ``,
};

const nodeProgram = (script: string) => [process.execPath, '-e', script];
const options = { gracePeriod: 300 };

describeExecutor('the command executor', (behaviour) =>
  behaviour === 'is missing'
    ? commandExecutor(['no-such-agent'], options)
    : commandExecutor(nodeProgram(programs[behaviour]), options),
);

const execute = async (command: readonly string[], changes = {}) =>
  commandExecutor(command, options)(exampleInput(), await exampleContext(changes));

test('a missing command says what to do', async () => {
  expect(await execute(['no-such-agent'])).toMatchObject({
    failure: { message: expect.stringMatching(/^command-not-found: `no-such-agent`.*Install/) },
  });
});

test('stdin carries the input, the environment what names the attempt', async () => {
  const command = ['sh', '-c', 'cat > stdin.json; env > env.txt'];
  const context = await exampleContext();
  await commandExecutor(command)(exampleInput(), context);
  const stdin: unknown = JSON.parse(await readFile(join(context.directory, 'stdin.json'), 'utf8'));
  expect(stdin).toEqual(JSON.parse(JSON.stringify(exampleInput())));
  const env = await readFile(join(context.directory, 'env.txt'), 'utf8');
  for (const line of [
    `AURORA_RUN_ID=${exampleRun}`,
    'AURORA_TASK_ID=api',
    'AURORA_ATTEMPT=2',
    'AURORA_EPOCH=7',
  ]) {
    expect(env).toContain(`${line}\n`);
  }
  const resultFile = /^AURORA_RESULT_FILE=(.*)$/m.exec(env)?.[1] ?? '';
  expect(resultFile.startsWith(context.directory)).toBe(false);
  await expect(access(dirname(resultFile))).rejects.toThrow('ENOENT');
});

test('the prompt as an argument and as a file, without any shell', async () => {
  const script = 'printf "%s" "$1" > argument; cp "$2" file';
  const context = await exampleContext();
  const command = ['sh', '-c', script, 'agent', '--x={prompt}', '{promptFile}'];
  await commandExecutor(command)(exampleInput(), context);
  const argument = await readFile(join(context.directory, 'argument'), 'utf8');
  const file = await readFile(join(context.directory, 'file'), 'utf8');
  expect(argument).toBe(`--x=${file}`);
  expect(file).toBe(`# Notes endpoints

Write $& them

## It is a part of "The service"; do this part alone

Notes over HTTP.

## Requirements

- REQ-001: Notes
  - POST

## Already done (merged into this folder)

- Schema: one table

## Its parts are done (merged into this folder); put them together

- Reads: GET works

## Answers to your questions

- You asked: Which database?
  The answer: {"engine":"postgres"}

## Advice from a person

- Keep it small.

## Handed over to you

- frontend handed it on: needs SQL
  see schema.sql

## Lessons from earlier failures

- Tried: guessing
  It failed: a red test
  Instead: read the test first

## Also known

- uses Fastify (same project)

(2 more lessons or memories did not fit in here; ask for them if need be.)

## Files you may touch

- src/**

## It is done when this succeeds

\`npm test\`
`);
});

test('what a failed attempt reports is kept, its own reflexion above all', async () => {
  const reflexion = { originalApproach: 'a', failureReason: 'b', improvedApproach: 'c' };
  const program = `${report} JSON.stringify(${JSON.stringify({ reflexion })})); process.exitCode = 9`;
  expect(await execute(nodeProgram(program))).toMatchObject({
    ok: false,
    failure: { class: 'error', exitCode: 9 },
    result: { reflexion },
  });
});

test.each([
  ['is not JSON', 'echo "{" > "$AURORA_RESULT_FILE"', /not JSON/],
  ['is a pipe', 'mkfifo "$AURORA_RESULT_FILE"', /not a regular file/],
  ['is a folder', 'mkdir "$AURORA_RESULT_FILE"', /not a regular file/],
  ['is a link', 'ln -s /etc/hostname "$AURORA_RESULT_FILE"', /cannot be read/],
  ['has unknown fields', 'echo "{\\"sumary\\": 1}" > "$AURORA_RESULT_FILE"', /sumary/],
  [
    'is nested too deeply',
    `node -e 'process.stdout.write("{\\"result\\":" + "[".repeat(2e5) + "]".repeat(2e5) + "}")' > "$AURORA_RESULT_FILE"`,
    /nested too deeply|not JSON/,
  ],
])('a result file that %s', async (_, script, message) => {
  expect(await execute(['sh', '-c', script])).toMatchObject({
    ok: false,
    failure: { class: 'error', message: expect.stringMatching(message) },
  });
});

test.each([
  [75, '{"retryAfter": 90}', 'rate-limited', 90_000],
  [75, '{"retryAfter": "2"}', 'rate-limited', 2_000],
  [75, '{"retryAfter": "soon"}', 'transient', undefined],
  [1, '{"retryAfter": 90}', 'error', undefined],
])('exit code %i with %s is %s', async (exitCode, result, failureClass, retryAfter) => {
  const script = `echo '${result}' > "$AURORA_RESULT_FILE"; exit ${exitCode}`;
  const outcome = await execute(['sh', '-c', script]);
  const failure = outcome.ok ? undefined : outcome.failure;
  expect([failure?.class, failure?.retryAfter]).toEqual([failureClass, retryAfter]);
});

test('an empty result file reports nothing', async () => {
  const outcome = await execute(['sh', '-c', ': > "$AURORA_RESULT_FILE"']);
  expect(outcome).toMatchObject({ ok: true, result: {} });
});

test('killed by the system', async () => {
  expect(await execute(['sh', '-c', 'kill -9 $$'])).toMatchObject({
    failure: { class: 'error', message: expect.stringContaining('SIGKILL') },
  });
});

test('a prompt that is too large for an argument', async () => {
  const input = exampleInput();
  const large = { ...input, task: { ...input.task, prompt: '\u20ac'.repeat(100_000) } };
  const outcome = await commandExecutor(['echo', '{prompt}'])(large, await exampleContext());
  expect(outcome).toMatchObject({
    failure: { class: 'permanent', message: expect.stringContaining('{promptFile}') },
  });
});

test('a program of the worktree itself', async () => {
  const context = await exampleContext();
  await writeFile(join(context.directory, 'agent.sh'), '#!/bin/sh\nexit 75\n', { mode: 0o755 });
  const outcome = await commandExecutor(['./agent.sh'])(exampleInput(), context);
  expect(outcome).toMatchObject({ failure: { class: 'transient', exitCode: 75 } });
});
