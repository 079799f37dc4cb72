import { mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { acpExecutor } from '../../../src/agents/executors/acp.ts';
import { type AcpSpec, executorSchema } from '../../../src/domain/executor-spec.ts';
import { tempDir } from '../../support/temp-dir.ts';
import {
  type Behaviour,
  describeExecutor,
  exampleContext,
  exampleInput,
  leaveDaemons,
} from './conformance.ts';

const sdk = pathToFileURL(
  path.resolve('node_modules/@agentclientprotocol/sdk/dist/v1/stable/acp.js'),
).href;

/** An agent of the same protocol's other side, that does `body` when it is prompted. */
const agent = (body: string, around = '', agentCapabilities = {}) => `
  import { agent, methods, ndJsonStream, RequestError } from ${JSON.stringify(sdk)};
  import { execFileSync, spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  import { Readable, Writable } from 'node:stream';
  const sessionId = 'session-1';
  let cancelled = () => {};
  agent({ name: 'fake' })
    .onRequest(methods.agent.initialize, ({ params }) => ({ protocolVersion: params.protocolVersion, agentCapabilities: ${JSON.stringify(agentCapabilities)} }))
    .onRequest(methods.agent.session.new, ({ params }) => { ${around} return { sessionId }; })
    .onNotification(methods.agent.session.cancel, () => cancelled())
    .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
      const prompt = params.prompt.map(({ text }) => text).join('');
      const update = (update) => client.notify(methods.client.session.update, { sessionId, update });
      const say = (text) => update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
      const tool = (title) => update({ sessionUpdate: 'tool_call', toolCallId: title, title, kind: 'edit', status: 'pending' });
      const report = (text) => writeFileSync(process.env.AURORA_RESULT_FILE, text);
      const done = { stopReason: 'end_turn' };
      ${body}
    })
    .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));`;

const spec = (command: readonly string[], rest: object = {}) =>
  executorSchema.parse({ type: 'acp', command, ...rest }) as AcpSpec;
const node = (source: string, rest: object = {}) =>
  acpExecutor(spec([process.execPath, '--input-type=module', '-e', source], rest), {
    gracePeriod: 300,
  });

const bodies: Record<Behaviour, string> = {
  succeeds: `await say('working');
    const summary = 'did ' + process.env.AURORA_TASK_ID + ', attempt ' + process.env.AURORA_ATTEMPT +
      ', after ' + prompt.split('- Tried:').slice(1).length + ' lesson';
    report(JSON.stringify({ summary, result: { files: ['a\\0b'] },
      usage: { inputTokens: 10, costUsd: 0.5 }, patterns: [{ content: 'works', tags: ['x'] }] }));
    return done;`,
  'reports nothing': `return done;`,
  fails: `await say('about to fail'); return { stopReason: 'refusal' };`,
  'fails for now': `await say('about to fail'); throw new RequestError(-32603, 'the model is overloaded');`,
  'fails for good': `await say('about to fail'); throw RequestError.authRequired();`,
  'prints 100 MB': `const text = 'x'.repeat(1_000_000);
    for (let n = 0; n < 100; n++) await say(text);
    await say('the end'); return done;`,
  'prints a secret': `await say('my token is ' + process.env.SERVICE_TOKEN);
    throw new RequestError(-32603, 'with ' + process.env.SERVICE_TOKEN);`,
  'never ends': `process.on('SIGTERM', () => {}); await say('on and on'); await new Promise(() => setInterval(() => {}, 1000));`,
  'leaves a child behind': `const child = spawn('sleep', ['600'], { stdio: 'inherit' });
    writeFileSync('child.pid', String(child.pid)); child.unref(); return done;`,
  'leaves daemons behind': `execFileSync('sh', ['-c', ${JSON.stringify(leaveDaemons)}], { stdio: 'inherit' }); return done;`,
  'reports something that is no result': `report('{"summary": 3}'); return done;`,
  'reports too much': `report(JSON.stringify({ summary: 'x', result: 'y'.repeat(1_100_000) })); return done;`,
  'is missing': '',
};

describeExecutor('an agent of the Agent Client Protocol', (behaviour) =>
  behaviour === 'is missing'
    ? acpExecutor(spec(['no-such-agent']))
    : node(agent(bodies[behaviour])),
);

async function play(source: string, rest: object = {}, changes = {}) {
  const context = await exampleContext(changes);
  const outcome = await node(source, rest)(exampleInput(), context);
  return { outcome, directory: context.directory };
}

test('its last words, what it did, and what it cost', async () => {
  const { outcome } = await play(
    agent(`await say('Looking.'); await tool('Edit a.ts');
      await update({ sessionUpdate: 'tool_call_update', toolCallId: 'Edit a.ts', status: 'completed' });
      await update({ sessionUpdate: 'tool_call_update', toolCallId: 'told late', title: 'npm test' });
      await say('All '); await say('done.');
      await update({ sessionUpdate: 'usage_update', used: 5, size: 10, cost: { amount: 0.25, currency: 'USD' } });
      return { ...done, usage: { totalTokens: 178, inputTokens: 100, outputTokens: 40, cachedReadTokens: 23, cachedWriteTokens: null, thoughtTokens: 5 } };`),
  );
  expect(outcome).toEqual({
    ok: true,
    result: { summary: 'All done.', usage: { inputTokens: 123, outputTokens: 45, costUsd: 0.25 } },
    outputTail: 'Looking.\n[edit] Edit a.ts\n\n[tool] npm test\nAll done.',
  });
});

test('tokens in another form than ours are none, and no harm', async () => {
  const { outcome } = await play(agent(`return { ...done, usage: { inputTokens: 'many' } };`));
  expect(outcome).toMatchObject({ ok: true, result: {} });
});

test('what it does in silence counts as work', async () => {
  let last = 'nothing yet';
  const onOutput = (chunk: string) => (last = chunk);
  await play(
    agent(`await say('hm'); await update({ sessionUpdate: 'plan', entries: [] });
      await new Promise((resolve) => setTimeout(resolve, 50)); return done;`),
    {},
    { onOutput },
  );
  expect(last).toBe('');
});

test('what it says before anybody has come to listen is heard', async () => {
  const command = ['sh', '-c', 'echo no configuration; exit 3'];
  expect(await acpExecutor(spec(command))(exampleInput(), await exampleContext())).toMatchObject({
    failure: { class: 'error', exitCode: 3, message: '`sh`: no configuration' },
  });
});

test('log lines between its messages are output, and no harm', async () => {
  const { outcome } = await play(
    agent(`console.log('Loading plugins'); await say('done'); console.log('[bye]'); return done;`),
  );
  expect(outcome).toMatchObject({ ok: true, result: { summary: 'done' } });
  expect(outcome.outputTail).toMatch(/Loading plugins\n[^]*\[bye\]/);
});

/** Asks for everything that an agent may ask for; answers what it got. */
const asking = `
  const got = {};
  const attempt = async (name, ask) => { got[name] = await ask().then((value) => value ?? 'yes', (error) => 'no: ' + error.message); };
  const { cwd } = globalThis;
  const write = (path) => client.request(methods.client.fs.writeTextFile, { sessionId, path, content: 'new' }).then(() => 'yes');
  await attempt('write', () => write(cwd + '/deep/b.txt'));
  await attempt('write outside', () => write(cwd + '/../b.txt'));
  await attempt('write by a link', () => write(cwd + '/link/hostname'));
  await attempt('write git', () => write(cwd + '/.git/hooks/pre-commit'));
  const options = ['allow_always', 'allow_once', 'reject_once'].map((kind) => ({ kind, optionId: kind, name: kind }));
  const ask = async (toolCall) => {
    const { outcome } = await client.request(methods.client.session.requestPermission, { sessionId, options, toolCall });
    return outcome.optionId;
  };
  const may = (kind, path) => ask({ toolCallId: kind, kind, ...(path ? { locations: [{ path }] } : {}) });
  /** As Claude Code does: it has told of the call before, and names its id alone. */
  const mayAsTold = async (kind, path) => {
    const told = { toolCallId: 'told ' + kind + path, title: kind, kind, status: 'pending' };
    await update({ sessionUpdate: 'tool_call', ...told });
    await update({ sessionUpdate: 'tool_call_update', toolCallId: told.toolCallId, locations: [{ path }] });
    return ask({ toolCallId: told.toolCallId, rawInput: {} });
  };
  await attempt('may edit', () => may('edit', cwd + '/a.txt'));
  await attempt('may edit outside', () => may('edit', '/etc/passwd'));
  await attempt('may run', () => may('execute'));
  await attempt('may edit, as told', () => mayAsTold('edit', cwd + '/a.txt'));
  await attempt('may edit outside, as told', () => mayAsTold('edit', '/etc/passwd'));
  await say('done');
  report(JSON.stringify({ result: got }));
  return done;`;

test.each([
  ['edit', 'reject_once'],
  ['all', 'allow_once'],
])('files and permissions with `%s`', async (permissions, beyond) => {
  const directory = await tempDir();
  await mkdir(path.join(directory, 'deep'));
  await symlink('/etc', path.join(directory, 'link'));
  const source = agent(asking, 'globalThis.cwd = params.cwd;');
  const { outcome } = await play(source, { permissions }, { directory });
  expect(outcome).toMatchObject({
    ok: true,
    result: {
      result: {
        write: 'yes',
        'write outside': expect.stringMatching(/^no: .*outside/),
        'write by a link': expect.stringMatching(/^no: .*outside/),
        'write git': expect.stringMatching(/^no: .*git's own/),
        'may edit': 'allow_once',
        'may edit outside': beyond,
        'may run': beyond,
        'may edit, as told': 'allow_once',
        'may edit outside, as told': beyond,
      },
    },
  });
  expect(await readFile(path.join(directory, 'deep/b.txt'), 'utf8')).toBe('new');
});

test.each([
  [{}, []],
  [
    { mcpCapabilities: { http: true } },
    [
      {
        ...{ type: 'http', name: 'aurora', url: 'http://127.0.0.1:4700/mcp' },
        headers: [{ name: 'Authorization', value: 'Bearer the-token' }],
      },
    ],
  ],
])('what it can do %j decides which tools it is given', async (capabilities, servers) => {
  const keep = 'globalThis.servers = params.mcpServers;';
  const source = agent(
    `report(JSON.stringify({ result: globalThis.servers })); return done;`,
    keep,
    capabilities,
  );
  const { line } = await exampleContext();
  const web = { url: 'http://127.0.0.1:4700', token: 'the-token' };
  const { outcome } = await play(source, {}, { line: { ...line, web } });
  expect(outcome).toMatchObject({ ok: true, result: { result: servers } });
});

test('one that says no more when it was refused something has not done its work', async () => {
  const ask = `const options = [{ kind: 'reject_once', optionId: 'no', name: 'No' }];
    const toolCall = { toolCallId: '1', kind: 'execute', title: 'npm test' };
    await say('Testing.');
    await client.request(methods.client.session.requestPermission, { sessionId, options, toolCall });`;
  const told = `await update({ sessionUpdate: 'tool_call_update', toolCallId: '1', title: 'tests', status: 'failed' });`;
  const { outcome } = await play(agent(`${ask} ${told} return done;`));
  const message = expect.stringContaining('went no further when it was refused "npm test"');
  expect(outcome).toMatchObject({ ok: false, failure: { class: 'error', message } });
  const goesOn = await play(agent(`${ask} await say('Done without.'); return done;`));
  expect(goesOn.outcome).toMatchObject({ ok: true, result: { summary: 'Done without.' } });
  const shown = 'Testing.\n[execute] npm test\n\n[refused] npm test\nDone without.';
  expect(goesOn.outcome.outputTail).toBe(shown);
  const inSilence = await play(agent(`${ask} ${told} await tool('Edit a.ts'); return done;`));
  expect(inSilence.outcome).toMatchObject({ ok: true });
});

test('it is told to stop, and has time for it', async () => {
  const stop = new AbortController();
  const { outcome, directory } = await play(
    agent(`await say('ready');
      await new Promise((resolve) => { cancelled = resolve; });
      writeFileSync('stopped', 'cleanly'); return { stopReason: 'cancelled' };`),
    {},
    {
      signal: stop.signal,
      onOutput: (chunk: string) => chunk.includes('ready') && stop.abort(new Error('enough')),
    },
  );
  expect(outcome).toMatchObject({ ok: false, failure: { class: 'cancelled' } });
  expect(await readFile(path.join(directory, 'stopped'), 'utf8')).toBe('cleanly');
});

test.each([
  ['wants a login', agent('', 'throw RequestError.authRequired();'), 'permanent', /log in/],
  ['ends in the middle', agent(`process.exit(3)`), 'error', /exit code 3/],
  [
    'says why it ends',
    agent(`console.error('rate limit, try again in 5s'); process.exit(1)`),
    'rate-limited',
    /rate limit/,
  ],
  ['ends well and too early', agent(`process.exit(0)`), 'error', /./],
  [
    'speaks something else',
    `console.log('Hello.'); setInterval(() => {}, 1000); process.stdin.on('end', () => process.exit(0)); setTimeout(() => process.exit(0), 300)`,
    'error',
    /./,
  ],
])('one that %s', async (_, source, failureClass, message) => {
  const { outcome } = await play(source);
  expect(outcome).toMatchObject({
    ok: false,
    failure: { class: failureClass, message: expect.stringMatching(message) },
  });
});
