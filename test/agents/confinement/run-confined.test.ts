import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Confinement } from '../../../src/agents/confinement/confinement.ts';
import { whyUnconfined } from '../../../src/agents/confinement/probe.ts';
import { runConfined } from '../../../src/agents/confinement/run-confined.ts';
import { processFailure } from '../../../src/agents/executors/process-failure.ts';
import { git } from '../../../src/git/git.ts';
import { memorySchema, sandboxSchema } from '../../../src/domain/sandbox.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitFor } from '../../support/wait-for.ts';
import { isRunning } from '../executors/processes.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const sandbox = (changes = {}) => sandboxSchema.parse({ type: 'bubblewrap', ...changes });
const limits = { sandbox: sandbox(), maxMemory: 2 ** 30 };
const missing = await whyUnconfined([limits], env);
if (missing !== undefined) console.warn(`Sandboxes are not tested here: ${missing}.`);

let data: string;
let directory: string;
let confinement: Confinement;
beforeAll(async () => {
  data = await tempDir();
  const home = await tempDir();
  const mirrorDirectory = join(data, 'mirrors/one');
  directory = join(data, 'worktrees/run/it-1');
  await mkdir(mirrorDirectory, { recursive: true });
  await mkdir(join(data, 'worktrees/other'), { recursive: true });
  await mkdir(join(home, '.agent'), { recursive: true });
  await mkdir(join(home, 'docs'), { recursive: true });
  await writeFile(join(data, 'worktrees/other/theirs'), '');
  await writeFile(join(home, '.ssh-key'), 'secret');
  await writeFile(join(home, 'docs/readable'), 'words');
  const inMirror = (args: readonly string[]) =>
    git(['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
      cwd: mirrorDirectory,
      environment: process.env,
    });
  await inMirror(['init', '--quiet', '--bare']);
  const tree = (await inMirror(['write-tree'])).stdout.trim();
  const commit = (await inMirror(['commit-tree', tree, '-m', 'first'])).stdout.trim();
  await inMirror(['worktree', 'add', '--quiet', '--detach', directory, commit]);
  confinement = {
    ...{ sandbox: sandbox(), maxMemory: undefined, home, mirrorDirectory },
    ...{ dataDirectory: data, configDirectory: home, client: {} },
  };
});

const run = (script: string, changes: Partial<Confinement> = {}, options = {}) =>
  runConfined({
    argv: ['sh', '-c', script],
    ...{ cwd: directory, env, gracePeriod: 200 },
    confinement: { ...confinement, ...changes },
    ...options,
  });

/** What each of these says, by a shell that goes on whatever fails. */
async function answers(
  scripts: Record<string, string>,
  changes: Partial<Confinement> = {},
  options = {},
): Promise<Record<string, string>> {
  const script = Object.entries(scripts)
    .map(
      ([name, each]) =>
        `if (${each}) >/dev/null 2>&1; then echo "${name} yes"; else echo "${name} no"; fi`,
    )
    .join('\n');
  const { outputTail } = await run(script, changes, options);
  return Object.fromEntries(
    outputTail
      .trim()
      .split('\n')
      .map((line) => line.split(/ (?=\w+$)/) as [string, string]),
  );
}

describe.skipIf(missing !== undefined)('in bubblewrap', () => {
  test('what a program can and cannot reach', async () => {
    const { home, mirrorDirectory } = confinement;
    const outside = join(await tempDir(), 'file');
    const found = await answers(
      {
        'write the worktree': 'echo x > made',
        'write its temporary folder': 'echo x > /tmp/x && echo x > "$(mktemp)"',
        'write the system': 'touch /etc/x || touch /x',
        'see secrets of the system': 'grep . /etc/shadow',
        'see temporary files of others': `ls ${outside.replace('/file', '')}`,
        'see the home folder': `cat ${home}/.ssh-key`,
        'keep its own state': `echo x > ${home}/.agent/state`,
        'read what it may': `cat ${home}/docs/readable`,
        'write what it may only read': `echo x > ${home}/docs/readable`,
        'see work of others': `ls ${data}/worktrees/other/theirs`,
        'read git': 'git log --oneline',
        'see its changes': 'git status --porcelain | grep made',
        'write refs': 'git update-ref refs/heads/mine HEAD',
        'write objects': 'git add made',
        'configure git': `git -C ${mirrorDirectory} config x.y z`,
        'cut the worktree off': 'rm -f .git || mv .git .git2; test ! -e .git',
        mount: 'mount -o remount,rw /etc',
        'see processes of others': `test -e /proc/${process.pid}/environ`,
      },
      { sandbox: sandbox({ readable: ['~/docs'] }) },
      { state: ['.agent', '.not-there'] },
    );
    const possible = Object.keys(found).filter((name) => found[name] === 'yes');
    expect(possible).toEqual([
      'write the worktree',
      'write its temporary folder',
      'keep its own state',
      'read what it may',
      'read git',
      'see its changes',
    ]);
    expect(Object.keys(found)).toHaveLength(18);
    expect(await readFile(join(home, '.agent/state'), 'utf8')).toBe('x\n');
    expect(await readdir(directory)).toEqual(['.git', 'made']);
  });

  test('of the machine it sees the system, and programs with what they are made of', async () => {
    const [links, tool] = [join(await tempDir(), 'bin'), join(await tempDir(), 'tool')];
    for (const folder of [links, join(tool, 'bin'), join(tool, 'lib')]) {
      await mkdir(folder, { recursive: true });
    }
    await writeFile(join(tool, 'lib/words'), 'made of this\n');
    const speak = '#!/bin/sh\ncat "$(dirname "$(readlink -f "$0")")/../lib/words"\n';
    await writeFile(join(tool, 'bin/speak'), speak, { mode: 0o755 });
    await symlink(join(tool, 'bin/speak'), join(links, 'speak'));
    const path = `${links}:${env.PATH}`;
    const { outputTail } = await run('speak; ls /', {}, { env: { PATH: path } });
    const [words, ...top] = outputTail.trim().split('\n');
    expect(words).toBe('made of this');
    const [, ofData = ''] = data.split('/');
    expect(top).toEqual(expect.arrayContaining(['etc', 'usr', ofData]));
    const system = /^(?:s?bin|dev|etc|gnu|lib\d*|libx32|nix|proc|root|run|sys|tmp|usr|var)$/;
    const ofPrograms = path.split(':').map((folder) => folder.split('/')[1]);
    expect(top.filter((name) => !system.test(name) && !ofPrograms.includes(name))).toEqual(
      system.test(ofData) ? [] : [ofData],
    );
  });

  test('the network, on and off', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const script = `node -e "fetch('http://127.0.0.1:${port}').then((r) => r.text()).then(console.log, (e) => console.log(e.cause.code))"`;
    expect(await run(script)).toMatchObject({ outputTail: 'hello\n' });
    const off = await run(script, { sandbox: sandbox({ network: false }) });
    expect(off.outputTail).toBe('ECONNREFUSED\n');
  });

  test('a child that has left its session and its environment ends with the program', async () => {
    const script =
      'env -i setsid sh -c "echo > started; exec sleep 600.25" & until test -e started; do :; done';
    expect(await run(script)).toMatchObject({ kind: 'exited', exitCode: 0 });
    await waitFor(async () => !(await isAnywhere('600.25')), { what: 'end of the child' });
  });

  test('it ends with a worker that is killed', async () => {
    const module = join(import.meta.dirname, '../../../src/agents/confinement/run-confined.ts');
    const options = { argv: ['sleep', '601.25'], cwd: directory, env, confinement };
    const script = `
      import { runConfined } from ${JSON.stringify(module)};
      await runConfined(${JSON.stringify(options)});`;
    const worker = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await waitFor(() => isAnywhere('601.25'), { what: 'start of the program' });
    worker.kill('SIGKILL');
    await waitFor(async () => !(await isAnywhere('601.25')), { what: 'end of the program' });
    expect(isRunning(worker.pid as number)).toBe(false);
  });

  test('what is missing inside is told as if there were no sandbox', async () => {
    const outcome = await run('', {}, { argv: ['no-such-agent'] });
    expect(processFailure(['no-such-agent'], outcome)).toMatchObject({
      class: 'permanent',
      message: expect.stringMatching(/^command-not-found: `no-such-agent`/),
    });
    const broken = await run('', { sandbox: sandbox({ readable: ['/no/such/folder'] }) });
    expect(processFailure(['agent'], broken)).toMatchObject({
      class: 'permanent',
      message: expect.stringMatching(/^sandbox-unavailable: .*\/no\/such\/folder/),
    });
    expect(await run('exit 1')).toMatchObject({ kind: 'exited', exitCode: 1 });
  });

  test('the memory of all processes together is bounded, and what they share counts once', async () => {
    const small = { maxMemory: 250 * 2 ** 20 };
    const holding = (script: string) => `perl -e '$held = "x"; $held x= 150 * 2 ** 20; ${script}'`;
    const apart = `${holding('sleep 60')} & setsid ${holding('sleep 60')} & wait`;
    const shared = holding('fork; fork; sleep 3; print "had it\\n"');
    const outcomes = await Promise.all([
      ...[sandbox(), undefined].map((each) => run(apart, { ...small, sandbox: each })),
      run(shared, small),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['out-of-memory', 'out-of-memory', 'exited']);
    expect(outcomes[2]?.outputTail).toBe('had it\n'.repeat(4));
    expect(processFailure(['agent'], outcomes[0])).toMatchObject({
      class: 'error',
      message: expect.stringMatching(/`agent` and .* used 3\d\d MB .* 250 MB \(maxMemory/),
    });
  });

  test('the memory of each process is bounded', async () => {
    const script = `node -e "Buffer.alloc(300 * 2 ** 20, 1); console.log('had it')"`;
    const small = { maxMemory: 200 * 2 ** 20 };
    for (const changes of [small, { ...small, sandbox: undefined }]) {
      const outcome = await run(script, changes);
      expect(outcome.outputTail).not.toContain('had it');
    }
    expect(await run(script, { maxMemory: 2 ** 30 })).toMatchObject({ outputTail: 'had it\n' });
  });
});

/** Whether any process was started with this argument. */
async function isAnywhere(argument: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.some((each) => each === `sleep\0${argument}\0`);
}

test('what confines is missing: told, and never done without', async () => {
  const nowhere = { PATH: await tempDir() };
  expect(await whyUnconfined([limits], nowhere)).toBe('there is no `bwrap` on this machine');
  const outcome = await run('echo unconfined', {}, { env: nowhere });
  expect(outcome).toMatchObject({ kind: 'not-started', outputTail: '' });
  expect(processFailure(['agent'], outcome)?.message).toMatch(/^sandbox-unavailable: `agent`/);
});

test.each([
  ['2 GB', 2_147_483_648],
  ['1.5gb', 1_610_612_736],
  [1_048_576, 1_048_576],
  ['2 apples', undefined],
  [1_000, undefined],
])('memory of %s', (written, bytes) => {
  expect(memorySchema.safeParse(written).data).toBe(bytes);
});
