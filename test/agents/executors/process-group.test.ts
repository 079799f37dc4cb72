import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProcessGroup, stopProcessGroups } from '../../../src/agents/process-group.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitFor } from '../../support/wait-for.ts';
import { isRunning } from './processes.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const attempt = { runId: `run${process.pid}`, taskId: 'it', epoch: 1 };
const shell = (script: string) => ['sh', '-c', script];

async function run(
  script: string | readonly string[],
  options: Partial<Parameters<typeof runProcessGroup>[0]> = {},
) {
  const argv = typeof script === 'string' ? shell(script) : script;
  const cwd = await tempDir();
  return runProcessGroup({ argv, cwd, env, attempt, gracePeriod: 200, ...options });
}

async function readPid(path: string): Promise<number> {
  const text = await waitFor(() => readFile(path, 'utf8').catch(() => undefined), { what: path });
  return Number(text.trim());
}

test('exit codes, both outputs, input, and only the environment that was given', async () => {
  expect(await run('echo out; echo err >&2; cat; exit 3', { input: 'in' })).toEqual({
    kind: 'exited',
    exitCode: 3,
    outputTail: expect.stringMatching(/^(?=[^]*out)(?=[^]*err)(?=[^]*in)/),
  });
  const { outputTail } = await run('env');
  expect(outputTail).not.toContain('HOME=');
});

test('a program that never reads its input', async () => {
  const outcome = await run('exec 0<&-; exit 0', { input: 'x'.repeat(5_000_000) });
  expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 });
});

test('100 MB of output are read, and only the end is kept', async () => {
  let seen = 0;
  const before = process.memoryUsage().rss;
  const outcome = await run('head -c 100000000 /dev/zero | tr "\\0" x; echo; echo the end', {
    onOutput: (chunk) => (seen += chunk.length),
  });
  expect(seen).toBe(100_000_009);
  expect(outcome.outputTail).toHaveLength(64 * 1024);
  expect(outcome.outputTail).toMatch(/x\nthe end\n$/);
  expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
});

test('characters and secrets that are cut in two', async () => {
  let live = '';
  const outcome = await run(
    'printf "\\303"; sleep 0.05; printf "\\274 tok"; sleep 0.05; printf "en-123 to"; printf "\\000"',
    { secrets: ['token-123'], onOutput: (chunk) => (live += chunk) },
  );
  expect(outcome.outputTail).toBe('ü *** to\ufffd');
  expect(live).toBe(outcome.outputTail);
});

test('abort: SIGTERM first, so that it can clean up', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const outcome = run(
    'trap "echo cleaned; exit 0" TERM; echo ready; while :; do sleep 0.05; done',
    {
      signal: controller.signal,
      gracePeriod: 10_000,
      onOutput: (chunk) => {
        if (chunk.includes('ready')) controller.abort(reason);
      },
    },
  );
  expect(await outcome).toMatchObject({ kind: 'aborted', reason });
  expect((await outcome).outputTail).toContain('cleaned');
});

test('abort: SIGKILL for the whole group when SIGTERM is ignored', async () => {
  const cwd = await tempDir();
  const controller = new AbortController();
  const script = `trap "" TERM; sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 1; done' & echo $$ > leader; wait`;
  const outcome = run(script, { cwd, signal: controller.signal });
  const pids = [await readPid(join(cwd, 'child')), await readPid(join(cwd, 'leader'))];
  controller.abort();
  expect(await outcome).toMatchObject({ kind: 'aborted' });
  expect(pids.filter(isRunning)).toEqual([]);
});

test('aborted before it began', async () => {
  const outcome = await run('exit 0', { signal: AbortSignal.abort('no') });
  expect(outcome).toEqual({ kind: 'aborted', reason: 'no', outputTail: '' });
});

test('children that outlive the leader are stopped, also those that ignore SIGTERM', async () => {
  const cwd = await tempDir();
  const outcome = await run(
    `sleep 600 & echo $! > a; sh -c 'trap "" TERM; while :; do sleep 1; done' & echo $! > b; echo done`,
    { cwd },
  );
  expect(outcome).toEqual({ kind: 'exited', exitCode: 0, outputTail: 'done\n' });
  const pids = [await readPid(join(cwd, 'a')), await readPid(join(cwd, 'b'))];
  expect(pids.filter(isRunning)).toEqual([]);
});

test('a daemon that left the group ends with it', async () => {
  const cwd = await tempDir();
  const script = 'setsid sh -c "echo \\$\\$ > pid; exec sleep 600" & until test -s pid; do :; done';
  expect(await run(script, { cwd })).toMatchObject({ kind: 'exited', exitCode: 0 });
  expect(isRunning(await readPid(join(cwd, 'pid')))).toBe(false);
});

test('a daemon that nobody knows any more and that holds the pipes does not hold us', async () => {
  const cwd = await tempDir();
  const outcome = await run(
    'env -i setsid sh -c "echo \\$\\$ > pid; exec sleep 600" & sleep 0.2; echo done',
    { cwd },
  );
  expect(outcome).toMatchObject({ kind: 'exited', outputTail: 'done\n' });
  const pid = await readPid(join(cwd, 'pid'));
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
});

test('killed by somebody else', async () => {
  expect(await run('kill -9 $$')).toMatchObject({ kind: 'killed', signal: 'SIGKILL' });
});

test('what cannot be started', async () => {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'plain'), 'echo hi\n');
  const problems = {
    'not-found': { argv: ['no-such-program'] },
    'not-executable': { argv: ['./plain'] },
    'too-large': { argv: ['echo', 'x'.repeat(3_000_000)] },
    'no-directory': { argv: ['true'], cwd: join(cwd, 'gone') },
    other: { argv: ['echo', 'a\0b'] },
  };
  for (const [problem, options] of Object.entries(problems)) {
    const outcome = await run(options.argv, { cwd, ...options });
    expect(outcome).toMatchObject({ kind: 'not-started', problem });
  }
});

test('a closing process stops all its groups', async () => {
  const cwd = await tempDir();
  const outcomes = [1, 2, 3].map((n) => run(`echo $$ > ${n}; sleep 600`, { cwd }));
  const pids = await Promise.all([1, 2, 3].map((n) => readPid(join(cwd, String(n)))));
  await stopProcessGroups();
  expect(pids.filter(isRunning)).toEqual([]);
  for (const outcome of outcomes) expect(await outcome).toMatchObject({ kind: 'killed' });
});

test('process.exit takes the groups along', async () => {
  const cwd = await tempDir();
  const module = join(import.meta.dirname, '../../../src/agents/process-group.ts');
  const script = `
    import { runProcessGroup } from ${JSON.stringify(module)};
    const argv = ['sh', '-c', 'trap "" TERM; echo $$ > pid; echo ready; while :; do sleep 1; done'];
    const onOutput = () => process.exit(0);
    await runProcessGroup({ argv, cwd: ${JSON.stringify(cwd)}, env: { PATH: process.env.PATH },
      attempt: ${JSON.stringify(attempt)}, onOutput });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const pid = await readPid(join(cwd, 'pid'));
  await waitFor(() => !isRunning(pid), { what: 'end of the group' });
});
