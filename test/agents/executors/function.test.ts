import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { functionExecutor } from '../../../src/agents/executors/function.ts';
import { tempDir } from '../../support/temp-dir.ts';
import {
  type Behaviour,
  describeExecutor,
  exampleContext,
  exampleInput,
  leaveDaemons,
} from './conformance.ts';

const fail = (properties: string) =>
  `ctx.log('about to fail'); throw Object.assign(new Error('failed'), ${properties});`;
/** Bodies of `async (task, ctx) => …`. */
const bodies: Record<Behaviour, string> = {
  succeeds: `ctx.log('working');
    return { summary: 'did ' + task.id + ', attempt ' + ctx.attempt + ', after ' + ctx.lessons.length + ' lesson',
      result: { files: ['a\\0b'] }, usage: { inputTokens: 10, costUsd: 0.5 },
      patterns: [{ content: 'works', tags: ['x'] }] };`,
  'reports nothing': ``,
  fails: fail(`{}`),
  'fails for now': fail(`{ code: 'ECONNREFUSED' }`),
  'fails for good': fail(`{ retryable: false }`),
  'prints 100 MB': `for (let i = 0; i < 100_000; i++) ctx.log('x'.repeat(999) + '\\n'); ctx.log('the end');`,
  'prints a secret': `ctx.log('my token is ' + ctx.env.SERVICE_TOKEN); throw new Error(ctx.env.SERVICE_TOKEN);`,
  'never ends': `ctx.log('on and on'); await new Promise(() => {});`,
  'leaves a child behind': `
    const { spawn } = await import('node:child_process');
    const { writeFile } = await import('node:fs/promises');
    const child = spawn('sleep', ['600'], { env: ctx.env, detached: true });
    await writeFile(ctx.directory + '/child.pid', String(child.pid)); child.unref();`,
  'leaves daemons behind': `
    const { execFileSync } = await import('node:child_process');
    execFileSync('sh', ['-c', ${JSON.stringify(leaveDaemons)}], { cwd: ctx.directory, env: ctx.env, stdio: 'inherit' });`,
  'reports something that is no result': `return { summary: 3 };`,
  'reports too much': `return { summary: 'x', result: 'y'.repeat(1_100_000) };`,
  'is missing': ``,
};

async function makeModule(source: string): Promise<string> {
  const path = join(await tempDir(), 'agent.mjs');
  await writeFile(path, source);
  return path;
}

const options = { gracePeriod: 300 };
const makeAgent = async (body: string) =>
  functionExecutor(await makeModule(`export default async (task, ctx) => { ${body} };`), options);

describeExecutor('the function executor', (behaviour) =>
  behaviour === 'is missing' ? functionExecutor('./no-such.mjs') : makeAgent(bodies[behaviour]),
);

const execute = async (source: string, changes = {}) =>
  functionExecutor(await makeModule(source), options)(
    exampleInput(),
    await exampleContext(changes),
  );

test('a task is handed on by a call or in the result, and only to somebody', async () => {
  const handoff = { role: 'database', reason: 'SQL', notes: 'see schema' };
  const said = JSON.stringify(handoff);
  for (const [body, rest] of [
    [`return ctx.handoff(${said});`, {}],
    [`ctx.handoff(${said}); return { summary: 'half' };`, { summary: 'half' }],
    [`return { summary: 'half', handoff: ${said} };`, { summary: 'half' }],
  ] as const) {
    const outcome = await execute(`export default async (task, ctx) => { ${body} };`);
    expect(outcome).toMatchObject({ ok: true, result: { ...rest, handoff } });
  }
  expect(
    await execute(`export default (task, ctx) => ctx.handoff({ reason: 'somebody else' });`),
  ).toMatchObject({ ok: false, failure: { class: 'error' } });
});

test('the path is relative to the configuration', async () => {
  const configDirectory = await tempDir();
  await mkdir(join(configDirectory, 'agents'));
  const source = 'export default (task) => ({ summary: task.title });';
  await writeFile(join(configDirectory, 'agents/a.mjs'), source);
  const context = await exampleContext({ configDirectory });
  const outcome = await functionExecutor('./agents/a.mjs')(exampleInput(), context);
  expect(outcome).toMatchObject({ ok: true, result: { summary: 'Notes endpoints' } });
});

test.each([
  ['export const other = 1;', /default export/],
  ['export default 3;', /default export/],
  ['this is not JavaScript', /cannot be loaded/],
  ['import "./nothing.mjs"; export default () => {};', /cannot be loaded/],
])('a module that is none: %s', async (source, message) => {
  expect(await execute(source)).toMatchObject({
    failure: { class: 'permanent', message: expect.stringMatching(message) },
  });
});

test.each([
  [`{ retryable: true }`, 'transient'],
  [`{ retryable: false, code: 'ECONNRESET' }`, 'permanent'],
  [`{ status: 429 }`, 'rate-limited'],
  [`{ statusCode: 429, retryable: true }`, 'rate-limited'],
  [`{ cause: { response: { status: 429 } } }`, 'rate-limited'],
  [`{ status: 500 }`, 'error'],
  [`{ cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }`, 'transient'],
  [`{ code: 'ENOENT' }`, 'error'],
])('an error with %s: %s', async (properties, failureClass) => {
  const source = `export default () => { throw Object.assign(new Error('x'), ${properties}); };`;
  expect(await execute(source)).toMatchObject({ failure: { class: failureClass, message: 'x' } });
});

test.each([
  [`{ retryAfter: 2 }`, 2_000],
  [`{ status: 429, headers: { 'Retry-After': '3' } }`, 3_000],
  [`{ status: 503, headers: new Headers({ 'retry-after': '4' }) }`, 4_000],
  [`{ statusCode: 429, responseHeaders: { 'retry-after-ms': '1500', 'retry-after': '2' } }`, 1_500],
  [`{ status: 529, response: { headers: { 'retry-after': '5' } } }`, 5_000],
  [`{ status: 429, headers: { 'retry-after': 'soon' } }`, undefined],
])('a rate limit with %s says when: %o ms', async (properties, retryAfter) => {
  const source = `export default () => { throw Object.assign(new Error('x'), ${properties}); };`;
  const outcome = await execute(source);
  const failure = outcome.ok ? undefined : outcome.failure;
  expect([failure?.class, failure?.retryAfter]).toEqual(['rate-limited', retryAfter]);
});

test('a function that does as the signal says has time to clean up', async () => {
  const controller = new AbortController();
  const directory = await tempDir();
  const source = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { writeFile } from 'node:fs/promises';
    export default async (task, ctx) => {
      ctx.log('ready');
      await sleep(60_000, undefined, { signal: ctx.signal }).catch(() => {});
      await writeFile(ctx.directory + '/cleaned', '');
      throw new Error('stopped');
    };`;
  const onOutput = () => controller.abort(new Error('enough'));
  const outcome = await execute(source, { signal: controller.signal, directory, onOutput });
  expect(outcome).toMatchObject({ failure: { class: 'cancelled' } });
  const { access } = await import('node:fs/promises');
  await access(join(directory, 'cleaned'));
});

test('what cannot be written as JSON', async () => {
  expect(await execute('export default () => ({ result: 1n });')).toMatchObject({
    failure: { class: 'error', message: expect.stringContaining('as JSON') },
  });
  const cycle = 'export default () => { const a = {}; a.a = a; return a; };';
  expect(await execute(cycle)).toMatchObject({ ok: false, failure: { class: 'error' } });
});
