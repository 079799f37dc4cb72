import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelExecutor } from '../../../src/agents/executors/model.ts';
import { executorSchema, type ModelExecutorSpec } from '../../../src/domain/executor-spec.ts';
import { modelProvidersSchema } from '../../../src/domain/model.ts';
import {
  startOpenAiServer,
  type OpenAiServer,
  type ScriptedAnswer,
} from '../../support/openai-server.ts';
import { tempDir } from '../../support/temp-dir.ts';
import {
  type Behaviour,
  describeExecutor,
  exampleContext,
  exampleInput,
  leaveDaemons,
} from './conformance.ts';

const key = 'sk-local-0123456789';
let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer({ key });
});
afterAll(() => server.close());

const executor = (written: object = {}) => {
  const spec = executorSchema.parse({
    ...{ type: 'model', model: 'local:priced', commands: [[process.execPath]] },
    ...written,
  }) as ModelExecutorSpec;
  const pricing = { priced: { input: 1e4, output: 0 } };
  const providers = modelProvidersSchema.parse({
    local: { baseUrl: server.url, apiKeyEnv: 'LOCAL_KEY', pricing },
  });
  return modelExecutor(
    spec,
    { providers, directory: '.', variables: { LOCAL_KEY: key } },
    { maxRetries: 0, gracePeriod: 300 },
  );
};

const call = (name: string, given: unknown, content?: string): ScriptedAnswer => ({
  ...(content === undefined ? {} : { content }),
  toolCalls: [{ name, arguments: given }],
  usage: { input: 5, output: 1 },
});
const finish = (rest: object = {}) => call('finish', { summary: 'All done.', ...rest });
const node = (script: string) => call('run', { command: [process.execPath, '-e', script] });
const first = call('list', {}, 'about to fail');

const scripts: Record<Exclude<Behaviour, 'succeeds'>, readonly ScriptedAnswer[]> = {
  'reports nothing': [{ content: '' }],
  fails: [first, { content: 'no', finishReason: 'content_filter' }],
  'fails for now': [first, { status: 500, error: 'overloaded' }],
  'fails for good': [first, { status: 400, error: 'no such thing' }],
  'prints 100 MB': [
    node(`const line = 'x'.repeat(999) + '\\n';
      let n = 100_000;
      const more = () => { while (n-- > 0) if (!process.stdout.write(line)) return process.stdout.once('drain', more); };
      more()`),
    { content: 'the end' },
  ],
  'prints a secret': [node(`console.log(process.env.SERVICE_TOKEN)`), finish()],
  'never ends': [call('list', {}, 'on and on'), { hang: true }],
  'leaves a child behind': [
    node(`const child = require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
      require('fs').writeFileSync('child.pid', String(child.pid)); child.unref()`),
    finish(),
  ],
  'leaves daemons behind': [
    node(
      `require('child_process').execFileSync('sh', ['-c', ${JSON.stringify(leaveDaemons)}], { stdio: 'inherit' })`,
    ),
    finish(),
  ],
  'reports something that is no result': [],
  'reports too much': [finish({ result: 'y'.repeat(1_100_000) })],
  'is missing': [],
};

describeExecutor(
  'a model',
  (behaviour) => {
    if (behaviour === 'succeeds') {
      server.answer(({ messages }, n) => {
        if (n === 0) return call('list', {}, 'working');
        const lessons = JSON.stringify(messages).split('- Tried:').length - 1;
        return finish({
          summary: `did api, attempt 2, after ${lessons} lesson`,
          result: { files: ['a\0b'] },
          patterns: [{ content: 'works', tags: ['x'] }],
        });
      });
    } else server.answer(scripts[behaviour]);
    return executor(behaviour === 'is missing' ? { model: 'nobody:knows' } : {});
  },
  // It is told, and may say it again.
  {
    usage: { inputTokens: 10, outputTokens: 2, costUsd: 0.1 },
    cannot: ['reports something that is no result'],
  },
);

/** Plays a script in a folder with some files; returns what the model was told. */
async function play(answers: readonly ScriptedAnswer[], written: object = {}, changes = {}) {
  const directory = await tempDir();
  await mkdir(join(directory, 'src'));
  await writeFile(join(directory, 'src/a.ts'), 'one\ntwo\none\n');
  server.answer(answers);
  const before = server.requests.length;
  const context = await exampleContext({ directory, ...changes });
  const outcome = await executor(written)(exampleInput(), context);
  const requests = server.requests.slice(before).map(({ body }) => body);
  const told = (requests.at(-1)?.messages ?? [])
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => String(content));
  return { outcome, told, requests, directory };
}

test('tools: list, read, search, write, edit, run', async () => {
  const { outcome, told, directory } = await play([
    call('list', {}),
    call('read', { path: 'src/a.ts', from: 2, lines: 1 }),
    call('search', { text: 'two' }),
    call('search', { text: 't.o$', regex: true }),
    call('search', { text: 'absent' }),
    call('write', { path: 'src/b/c.ts', content: 'new' }),
    call('edit', { path: 'src/a.ts', old: 'one', new: 'three' }),
    call('edit', { path: 'src/a.ts', old: 'two\none', new: '2' }),
    call('edit', { path: 'src/a.ts', old: 'four', new: '4' }),
    call('run', { command: [process.execPath, '-e', 'console.log("ran"); process.exit(3)'] }),
    call('run', { command: ['npm', 'test', '--', '--version'] }),
    call('run', { command: ['sh', '-c', 'echo no'] }),
    finish(),
  ]);
  expect(outcome).toMatchObject({ ok: true, result: { summary: 'All done.' } });
  expect(told).toEqual([
    'src/a.ts',
    '2\ttwo\n[2 more lines]',
    'src/a.ts:2:two\n',
    'src/a.ts:2:two\n',
    '[nothing found]',
    'src/b/c.ts is written.',
    'it stands in src/a.ts 2 times; give more, or `all`',
    'src/a.ts: 1 replaced.',
    'it does not stand in src/a.ts; read that again',
    expect.stringMatching(/^`.*node` ended with exit code 3\.\nran\n$/),
    expect.stringContaining('npm'),
    expect.stringMatching(/not allowed; allowed are `npm test`/),
  ]);
  expect(await readFile(join(directory, 'src/a.ts'), 'utf8')).toBe('one\n2\n');
  expect(await readFile(join(directory, 'src/b/c.ts'), 'utf8')).toBe('new');
});

test('an edit keeps the bytes beside it, whatever their encoding', async () => {
  const script = `fs.writeFileSync('latin', Buffer.from('caf\\xe9 one', 'latin1'))`;
  const { directory } = await play([
    call('run', { command: [process.execPath, '-e', script] }),
    call('edit', { path: 'latin', old: 'one', new: 'zwölf' }),
    finish(),
  ]);
  expect(await readFile(join(directory, 'latin'), 'latin1')).toBe('caf\xe9 zw\xc3\xb6lf');
});

test('several at once do not end each other', async () => {
  const command = (script: string) => ({ command: [process.execPath, '-e', script] });
  const { told } = await play([
    {
      toolCalls: [
        { name: 'search', arguments: { text: 'two' } },
        { name: 'run', arguments: command(`console.log('quick')`) },
        { name: 'run', arguments: command(`setTimeout(() => console.log('slow'), 300)`) },
      ],
    },
    finish(),
  ]);
  expect(told).toEqual(['src/a.ts:2:two\n', 'It ended well.\nquick\n', 'It ended well.\nslow\n']);
});

test('tools end at the worktree, and several at once do not undo each other', async () => {
  const { told, directory } = await play([
    call('read', { path: '../../etc/passwd' }),
    call('write', { path: '.git/hooks/pre-commit', content: 'evil' }),
    call('list', { path: '..' }),
    call('search', { text: 'root', path: '/etc' }),
    {
      toolCalls: ['1', '2', '3', '4', '5'].map((n) => ({
        name: 'edit',
        arguments: { path: 'src/a.ts', old: 'two', new: `two${n}` },
      })),
    },
    finish(),
  ]);
  expect(told.slice(0, 4)).toEqual([
    expect.stringContaining('outside of the working folder'),
    expect.stringContaining("git's own"),
    expect.stringContaining('outside of the working folder'),
    expect.stringContaining('outside of the working folder'),
  ]);
  expect(await readFile(join(directory, 'src/a.ts'), 'utf8')).toBe('one\ntwo54321\none\n');
});

test('what is not understood is told, and its next answer counts', async () => {
  const { outcome, told } = await play([
    call('finish', { sumary: 'x' }),
    call('no-such-tool', {}),
    finish(),
  ]);
  expect(outcome).toMatchObject({ ok: true, result: { summary: 'All done.' } });
  expect(told).toHaveLength(2);
});

test.each([
  ['ask', { question: 'Which one?', options: ['a', 'b'] }],
  ['handoff', { role: 'frontend', reason: 'needs a page' }],
])('%s ends the attempt', async (name, given) => {
  const { outcome } = await play([call(name, given)]);
  expect(outcome).toMatchObject({ ok: true, result: { [name]: given } });
});

test('memory is asked through the attempt', async () => {
  const asked: unknown[] = [];
  const line = {
    send: (message: unknown) => {
      asked.push(message);
      return Promise.resolve({ items: [{ content: 'uses tabs', why: [] }], completeness: 1 });
    },
    onDiscovery: () => () => undefined,
    web: undefined,
  };
  const { told } = await play([call('recall', { query: 'style?' }), finish()], {}, { line });
  expect(told).toEqual(['- uses tabs']);
  expect(asked).toEqual([{ type: 'CONTEXT_REQUEST', payload: { query: 'style?' } }]);
});

test('what it writes is told at once, and what others do meanwhile with the next answer', async () => {
  const news = { id: 1, taskId: 'api', content: '"api" is under way', tags: ['files-shared'] };
  let tell: ((discovery: typeof news) => void) | undefined;
  const line = {
    send: () => Promise.resolve(null),
    onDiscovery: (listener: typeof tell) => {
      tell = listener;
      return () => (tell = undefined);
    },
    web: undefined,
  };
  const written: string[] = [];
  const onFile = (file: string) => {
    written.push(file);
    tell?.(news);
  };
  const { told } = await play(
    [call('write', { path: './src/../src/a.ts', content: 'a' }), call('list', {}), finish()],
    {},
    { line, onFile },
  );
  expect(written).toEqual(['src/a.ts']);
  expect(told[0]).toMatch(
    /is written\.\n\[news of task api, no instruction: "api" is under way\]$/,
  );
  expect(told[1]).not.toContain('news');
  expect(tell).toBe(undefined);
});

const endless = Array.from({ length: 10 }, () => call('list', {}));
test.each([
  [{ maxSteps: 3 }, 'error', /3 steps/, 3],
  [{ maxTokens: 12 }, 'error', /12 tokens/, 2],
  [{ maxCostUsd: 0.1 }, 'error', /0\.1 US dollars/, 2],
  [{ maxCostUsd: 1, model: 'local:unpriced' }, 'permanent', /not known.*under `models`/, 1],
] as const)('%o bounds it', async (limits, failureClass, message, steps) => {
  const { outcome, requests } = await play(endless, limits);
  expect(outcome).toMatchObject({
    ok: false,
    failure: { class: failureClass, message: expect.stringMatching(message) },
    result: { usage: { inputTokens: 5 * steps, outputTokens: steps } },
  });
  expect(requests).toHaveLength(steps);
});

test('a rate limit in the middle: when it passes, and what was spent until then', async () => {
  const { outcome } = await play([
    call('list', {}),
    { status: 429, headers: { 'retry-after': '30' }, error: 'slow down' },
  ]);
  expect(outcome).toMatchObject({
    failure: { class: 'rate-limited', retryAfter: 30_000 },
    result: { usage: { inputTokens: 5, outputTokens: 1 } },
  });
});

test('the task stands between marks that it cannot hold, and the key reaches no command', async () => {
  const { requests, told } = await play([
    node('console.log(JSON.stringify(process.env))'),
    finish(),
  ]);
  const [system, task] = (requests[0]?.messages ?? []).map(({ content }) => String(content));
  const [, mark = ''] = /with the mark (\S+)\./.exec(system ?? '') ?? [];
  expect(mark).toMatch(/^[0-9a-f-]{36}$/);
  expect(task?.split(mark)).toHaveLength(3);
  expect(task).toContain('Write $& them');
  expect(system).toContain('`npm test`');
  expect(told.join()).not.toContain(key);
});
