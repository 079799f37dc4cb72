import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { type Confinement, confinementOf } from '../../../src/agents/confinement/confinement.ts';
import { dockerArgv } from '../../../src/agents/confinement/docker.ts';
import { whyUnconfined } from '../../../src/agents/confinement/probe.ts';
import { runConfined } from '../../../src/agents/confinement/run-confined.ts';
import { sweepContainers } from '../../../src/agents/confinement/sweep-containers.ts';
import { processFailure } from '../../../src/agents/executors/process-failure.ts';
import { type DockerSpec, sandboxSchema } from '../../../src/domain/sandbox.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitFor } from '../../support/wait-for.ts';
import { isRunning } from '../executors/processes.ts';

const attempt = { runId: 'run_1', taskId: 'it', epoch: 3 };
const sandbox = (changes: object = {}) =>
  sandboxSchema.parse({ type: 'docker', image: 'agents:1', ...changes }) as DockerSpec;

let home: string;
let cwd: string;
let containers: string;
let variables: Record<string, string>;
let confinement: Confinement;
beforeEach(async () => {
  home = await tempDir();
  containers = join(home, 'containers');
  cwd = join(home, 'data/worktrees/run_1/it-3');
  await mkdir(cwd, { recursive: true });
  await mkdir(join(home, '.agent'));
  const program = join(home, 'bin/docker');
  await mkdir(join(home, 'bin'));
  const standIn = join(import.meta.dirname, 'docker-stand-in.mjs');
  await writeFile(program, `#!/bin/sh\nexec ${process.execPath} ${standIn} "$@"\n`, {
    mode: 0o755,
  });
  const path = `${join(home, 'bin')}:${process.env['PATH']}`;
  variables = { PATH: path, HOME: home, DOCKER_CONFIG: containers, SECRET: 'of Aurora' };
  confinement = confinementOf(
    { sandbox: sandbox(), maxMemory: undefined },
    {
      variables,
      dataDirectory: join(home, 'data'),
      configDirectory: home,
      mirrorDirectory: undefined,
    },
  );
});

const env = () => ({ PATH: variables['PATH'] as string, HOME: home, MY_TOKEN: 'hush-hush' });
const run = (script: string, changes: Partial<DockerSpec> = {}, options = {}) =>
  runConfined({
    argv: ['sh', '-c', script],
    ...{ cwd, env: env(), attempt, gracePeriod: 200 },
    confinement: { ...confinement, sandbox: sandbox(changes) },
    ...options,
  });

test('what the client is told: values of variables are not in it', async () => {
  await writeFile(join(cwd, '.git'), 'gitdir: elsewhere\n');
  const call = {
    name: 'aurora.x',
    argv: ['agent', '-p', '--name'],
    names: Object.keys(env()),
    attempt,
  };
  const limits = { maxMemory: 2 ** 30, mirrorDirectory: '/mirrors/a,b' };
  const argv = await dockerArgv(
    call,
    sandbox({ network: false, readable: ['~/docs'], user: '0:0', program: 'podman' }),
    { ...confinement, ...limits },
    { cwd, writable: ['/control'], state: ['.agent', '.not-there'] },
  );
  expect(argv).toEqual([
    ...['podman', 'run', '--rm', '--init', '--interactive', '--pull', 'never'],
    ...['--name', 'aurora.x', '--label', `aurora.data=${home}/data`],
    ...['--user', '0:0', '--workdir', cwd, '--network', 'none'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--pids-limit', '4096', '--memory', '1073741824b'],
    ...['--memory-swap', '1073741824b', '--tmpfs', `${home}:exec,mode=1777`],
    ...['--mount', 'type=bind,"src=/mirrors/a,b","dst=/mirrors/a,b",readonly'],
    ...['--mount', `type=bind,src=${home}/docs,dst=${home}/docs,readonly`],
    ...['--mount', `type=bind,src=${home}/.agent,dst=${home}/.agent`],
    ...['--mount', 'type=bind,src=/control,dst=/control'],
    ...['--mount', `type=bind,src=${cwd},dst=${cwd}`],
    ...['--mount', `type=bind,src=${cwd}/.git,dst=${cwd}/.git,readonly`],
    ...['HOME', 'MY_TOKEN', 'AURORA_RUN_ID', 'AURORA_TASK_ID', 'AURORA_EPOCH'].flatMap((name) => [
      ...['--env', name],
    ]),
    ...['--entrypoint', 'agent', 'agents:1', '-p', '--name'],
  ]);
});

test('a program, its input, its variables, and its end', async () => {
  const script = 'env; cat; echo x > made; exit 3';
  const outcome = await run(script, {}, { input: 'input' });
  expect(outcome).toMatchObject({ kind: 'exited', exitCode: 3 });
  const seen = outcome.outputTail.split('\n').filter((line) => !/^(?:PWD|SHLVL|_)=/.test(line));
  expect(seen.sort()).toEqual([
    'AURORA_EPOCH=3',
    'AURORA_RUN_ID=run_1',
    'AURORA_TASK_ID=it',
    `HOME=${home}`,
    'MY_TOKEN=hush-hush',
    'PATH=/usr/bin:/bin',
    'input',
  ]);
  expect(await readFile(join(cwd, 'made'), 'utf8')).toBe('x\n');
  expect(await readdir(containers)).toEqual([]);
});

test('the end of the client is not that of the container: it is removed by its name', async () => {
  const script = 'trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done';
  const stop = new AbortController();
  const outcome = run(script, {}, { signal: stop.signal, attempt: undefined });
  const pid = Number(
    await waitFor(() => readFile(join(cwd, 'pid'), 'utf8').catch(() => undefined)),
  );
  stop.abort(new Error('enough'));
  expect(await outcome).toMatchObject({ kind: 'aborted' });
  expect(await readdir(containers)).toEqual([]);
  await waitFor(() => !isRunning(pid), { what: 'end of the program' });
});

test('what cannot be started, and who is to blame', async () => {
  const missing = await run('', {}, { argv: ['no-such-agent'] });
  const [unmounted, killed] = [
    await run('true', { readable: ['/no/such'] }),
    await run('kill -9 $$'),
  ];
  expect([missing, unmounted, killed].map((each) => processFailure(['agent'], each))).toMatchObject(
    [
      { class: 'permanent', message: expect.stringMatching(/^command-not-found: `agent`/) },
      { class: 'permanent', message: expect.stringMatching(/^sandbox-unavailable: .*\/no\/such/) },
      { class: 'error', message: '`agent` was killed by SIGKILL.' },
    ],
  );
  for (const script of [
    'echo "Error: mine" >&2; exit 1',
    'echo "Error: mine" >&2; exit 127',
    'echo "docker: mine"; echo "and more"; exit 125',
  ]) {
    expect(await run(script)).toMatchObject({ kind: 'exited' });
  }
  const help = "docker: no such thing.\\n\\nRun 'docker run --help' for more information";
  expect(await run(`printf "${help}\\n"; exit 125`)).toMatchObject({
    ...{ kind: 'not-started', problem: 'not-confined', message: 'no such thing.' },
  });
});

test('a container whose client has failed is removed', async () => {
  const outcome = await run('', {}, { argv: ['sh', '-c', 'sleep 600', 'lose-daemon'] });
  expect(outcome).toMatchObject({ kind: 'not-started', message: 'lost connection.' });
  expect(await readdir(containers)).toEqual([]);
});

test('no client, no daemon, no image: told before any work', async () => {
  const why = (changes: object, path = variables['PATH'] as string) =>
    whyUnconfined([{ sandbox: sandbox(changes) }], { ...variables, PATH: path });
  expect(await why({})).toBeUndefined();
  expect(await why({}, '/nowhere')).toBe('there is no `docker` on this machine');
  expect(await why({ image: 'other:2' })).toMatch(/cannot make a sandbox.*No such image: other:2/);
});

test('the janitor removes the containers of workers that were killed, and no others', async () => {
  const module = join(import.meta.dirname, '../../../src/agents/confinement/run-confined.ts');
  const argv = ['sh', '-c', 'echo $$ > pid; exec sleep 600'];
  const options = { argv, cwd, env: env(), attempt, confinement };
  const script = `
    import { runConfined } from ${JSON.stringify(module)};
    await runConfined(${JSON.stringify(options)});`;
  const worker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const pid = Number(
    await waitFor(() => readFile(join(cwd, 'pid'), 'utf8').catch(() => undefined), {
      timeoutMs: 60_000,
    }),
  );
  worker.kill('SIGKILL');
  const asked: unknown[] = [];
  const sweep = (isInUse: boolean, dataDirectory = confinement.dataDirectory) =>
    // One whose client cannot be had keeps nobody else's from being removed.
    sweepContainers([{ sandbox: sandbox({ program: 'no-such-client' }) }, { sandbox: sandbox() }], {
      ...{ dataDirectory, client: confinement.client, log: pino({ level: 'silent' }) },
      isInUse(key) {
        asked.push(key);
        return Promise.resolve(isInUse);
      },
    });
  await sweep(false, '/of/somebody/else');
  await sweep(true);
  expect(asked).toEqual([attempt]);
  expect(isRunning(pid)).toBe(true);
  await sweep(false);
  expect(await readdir(containers)).toEqual([]);
  await waitFor(() => !isRunning(pid), { what: 'end of the program' });
});
