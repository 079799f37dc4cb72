import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Confinement, confinementOf } from '../../../src/agents/confinement/confinement.ts';
import { containerArgv } from '../../../src/agents/confinement/docker.ts';
import { whyUnconfined } from '../../../src/agents/confinement/probe.ts';
import { runConfined } from '../../../src/agents/confinement/run-confined.ts';
import { sweepContainers } from '../../../src/agents/confinement/sweep-containers.ts';
import { processFailure } from '../../../src/agents/executors/process-failure.ts';
import type { Conversation } from '../../../src/agents/process-group.ts';
import { type DockerSpec, sandboxSchema } from '../../../src/domain/sandbox.ts';
import { stopProcessesOf } from '../../../src/git/stop-processes-of.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitFor } from '../../support/wait-for.ts';
import { clients } from './container-clients.ts';

const attempt = { runId: 'run_1', taskId: 'it', epoch: 3 };

for (const client of clients) {
  const { name, image, unusable } = client;
  const title = unusable === undefined ? name : `${name}, not tried here: ${unusable}`;
  const isRoot = process.getuid?.() === 0;

  describe.skipIf(unusable !== undefined)(title, () => {
    const program = name === 'stand-in' ? 'docker' : name;
    // Podman's user has no rights of root, as which it then appears in the container.
    const user = name === 'podman' && !isRoot ? { user: '0:0' } : {};
    const sandbox = (changes: object = {}) => {
      const spec = { type: 'docker', image, program, network: false, ...user, ...changes };
      return sandboxSchema.parse(spec) as DockerSpec;
    };
    const confinementIn = (variables: Readonly<Record<string, string>>) =>
      confinementOf(
        { sandbox: sandbox(), maxMemory: undefined },
        {
          ...{ variables, dataDirectory: join(home, 'data'), configDirectory: home },
          mirrorDirectory: undefined,
        },
      );

    beforeAll(() => client.makeImage());
    afterAll(() => client.removeImage());

    let home: string;
    let cwd: string;
    let variables: Record<string, string>;
    let confinement: Confinement;
    beforeEach(async () => {
      home = await tempDir();
      cwd = join(home, 'data/worktrees/run_1/it-3');
      await mkdir(cwd, { recursive: true });
      variables = { ...(await client.variables(home)), HOME: home, SECRET: 'of Aurora' };
      confinement = confinementIn(variables);
    });

    const env = () => ({ PATH: variables['PATH'] as string, HOME: home, MY_TOKEN: 'hush-hush' });
    const run = (script: string, changes: Partial<DockerSpec> = {}, options = {}) =>
      runConfined({
        argv: ['sh', '-c', script],
        ...{ cwd, env: env(), attempt, gracePeriod: 200 },
        confinement: { ...confinement, sandbox: sandbox(changes) },
        ...options,
      });
    /** Those of this test. */
    const containers = async () => {
      const filter = `label=aurora.data=${confinement.dataDirectory}`;
      const args = ['ps', '--all', '--filter', filter, '--format', '{{.Names}}'];
      const { stdout } = await promisify(execFile)(program, args, { env: confinement.client });
      return stdout.split('\n').filter((line) => line !== '');
    };
    const made = (file: string) =>
      waitFor(() => existsSync(join(cwd, file)) || undefined, { what: file, timeoutMs: 60_000 });

    test('a program, its input, its variables, and its end', async () => {
      const outcome = await run('env; cat; echo x > made; exit 3', {}, { input: 'input' });
      expect(outcome).toMatchObject({ kind: 'exited', exitCode: 3 });
      const ofImage = /^(?:PATH|PWD|SHLVL|_|HOSTNAME|TERM|container)=/;
      const seen = outcome.outputTail.split('\n');
      expect(seen.filter((line) => line !== '' && !ofImage.test(line)).sort()).toEqual([
        'AURORA_EPOCH=3',
        'AURORA_RUN_ID=run_1',
        'AURORA_TASK_ID=it',
        `HOME=${home}`,
        'MY_TOKEN=hush-hush',
        'input',
      ]);
      expect(seen).not.toContain(`PATH=${variables['PATH']}`);
      expect(await readFile(join(cwd, 'made'), 'utf8')).toBe('x\n');
      expect(await containers()).toEqual([]);
    });

    test('a program that does not heed that it has to stop is removed with its container', async () => {
      const stop = new AbortController();
      const script = 'trap "" TERM; touch ready; while :; do sleep 0.1; done';
      const outcome = run(script, {}, { signal: stop.signal });
      await made('ready');
      stop.abort(new Error('enough'));
      expect(await outcome).toMatchObject({ kind: 'aborted' });
      expect(await containers()).toEqual([]);
    });

    test('a program that is stopped has its last words, and its time', async () => {
      const stop = new AbortController();
      const script =
        'trap "sleep 0.3; echo saved; exit 0" TERM; touch ready; while :; do sleep 0.1; done';
      const outcome = run(script, {}, { signal: stop.signal, gracePeriod: 20_000 });
      await made('ready');
      stop.abort(new Error('enough'));
      expect(await outcome).toMatchObject({ kind: 'aborted', outputTail: 'saved\n' });
    });

    test('a program that is spoken with is stopped when that is over', async () => {
      const heard: string[] = [];
      const outcome = await run(
        'while read line; do echo "heard $line"; done; sleep 600',
        {},
        {
          async converse({ stdin, stdout }: Conversation) {
            stdin.write('me\n');
            heard.push(String((await once(stdout, 'data'))[0]));
          },
        },
      );
      expect(heard).toEqual(['heard me\n']);
      expect(outcome).toMatchObject({ kind: 'exited', exitCode: 143 });
      expect(await containers()).toEqual([]);
    });

    test('a container that is still being made is not left behind', async () => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 20);
      const outcome = await run('touch begun', {}, { signal: stop.signal });
      expect(outcome).toMatchObject({ kind: 'aborted' });
      expect(existsSync(join(cwd, 'begun'))).toBe(false);
      expect(await containers()).toEqual([]);
    });

    test('what cannot be started, and who is to blame', async () => {
      const outcomes = [
        await run('', {}, { argv: ['no-such-agent'] }),
        await run('', {}, { argv: ['/bin'] }),
        await run('true', { readable: ['/no/such'] }),
        await run('true', { image: 'other:2' }),
        await run('kill -9 $$'),
      ];
      const unconfined = (words: RegExp) => ({
        ...{ class: 'permanent', message: expect.stringMatching(words) },
      });
      expect(outcomes.map((each) => processFailure(['agent'], each))).toMatchObject([
        unconfined(/^command-not-found: `agent`.* no such program/),
        unconfined(/^command-not-found: `agent`.* not executable/),
        unconfined(/^sandbox-unavailable: .*\/no\/such/),
        unconfined(/^sandbox-unavailable: .*other:2/),
        { class: 'error', message: '`agent` was killed by SIGKILL.' },
      ]);
      expect(await containers()).toEqual([]);
    });

    test.each([1, 127])('a program may end with %d, and say what it likes', async (n) => {
      const said = '[FATAL tini (7)] exec x failed: No such file or directory';
      const outcome = await run(`echo begun; echo "${said}" >&2; echo "Error: x"; exit ${n}`);
      expect(outcome).toMatchObject({ kind: 'exited', exitCode: n });
    });

    if (client.cut !== undefined) {
      const { cut: cutOff } = client;

      test('a program whose connection is lost is removed, and begins anew', async () => {
        const cut = await cutOff(variables);
        const options = { confinement: confinementIn(cut.variables) };
        const outcome = run('touch begun; exec sleep 600', {}, options);
        await made('begun');
        await cut.drop();
        expect(processFailure(['agent'], await outcome)).toMatchObject({
          ...{ class: 'transient', message: expect.stringMatching(/^`agent` was lost: the conn/) },
        });
        expect(await containers()).toEqual([]);
      });

      test('a daemon that goes away leaves no program at work, and is waited for', async () => {
        const cut = await cutOff(variables);
        const options = { confinement: confinementIn(cut.variables) };
        const outcome = run('touch begun; exec sleep 600', {}, options);
        await made('begun');
        await cut.close();
        const failures = [await outcome, await run('true', {}, options)];
        expect(failures.map((each) => processFailure(['agent'], each))).toMatchObject([
          { class: 'transient', message: expect.stringMatching(/^`agent` was lost: .*daemon/) },
          {
            class: 'transient',
            message: expect.stringMatching(/^`agent` cannot be run: .*daemon/),
          },
        ]);
        if (isRoot) expect(await stopProcessesOf(attempt, cwd)).toBe(0);
        const why = await whyUnconfined([{ sandbox: sandbox() }], cut.variables);
        expect(why).toMatch(/cannot make a sandbox here: .*daemon/);
        await sweep({ isInUse: false });
        expect(await containers()).toEqual([]);
      });
    }

    const asked: unknown[] = [];
    const sweep = ({ isInUse = false, dataDirectory = confinement.dataDirectory }) =>
      // One whose client cannot be had keeps nobody else's from being removed.
      sweepContainers(
        [{ sandbox: sandbox({ program: 'no-such-client' }) }, { sandbox: sandbox() }],
        {
          ...{ dataDirectory, client: confinement.client, log: pino({ level: 'silent' }) },
          isInUse(key) {
            asked.push(key);
            return Promise.resolve(isInUse);
          },
        },
      );

    test('the janitor removes the containers of workers that were killed, and no others', async () => {
      const module = join(import.meta.dirname, '../../../src/agents/confinement/run-confined.ts');
      const argv = ['sh', '-c', 'touch begun; exec sleep 600'];
      const options = { argv, cwd, env: env(), attempt, confinement };
      const script = `
        import { runConfined } from ${JSON.stringify(module)};
        await runConfined(${JSON.stringify(options)});`;
      const words = ['--import', 'tsx', '--input-type=module', '-e', script];
      const worker = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
      await made('begun');
      worker.kill('SIGKILL');
      const [container] = await containers();
      await sweep({ dataDirectory: '/of/somebody/else' });
      asked.length = 0;
      await sweep({ isInUse: true });
      expect(asked).toEqual([attempt]);
      expect(await containers()).toEqual([container]);
      await sweep({ isInUse: false });
      expect(await containers()).toEqual([]);
    });

    test('no client, no image: told before any work', async () => {
      const why = (changes: object, changed: object = {}) =>
        whyUnconfined([{ sandbox: sandbox(changes) }], { ...variables, ...changed });
      expect(await why({})).toBeUndefined();
      expect(await why({}, { PATH: '/nowhere' })).toBe(
        `there is no \`${program}\` on this machine`,
      );
      expect(await why({ image: 'other:2' })).toMatch(/cannot make a sandbox.*other:2/);
    });

    if (name === 'podman') {
      test('Podman by the name of docker', async () => {
        const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v podman']);
        await symlink(stdout.trim(), join(home, 'docker'));
        const outcome = await run('exit 3', { program: join(home, 'docker') });
        expect(outcome).toMatchObject({ kind: 'exited', exitCode: 3 });
      });
    }

    // Podman tells it of systems with cgroups of version 2 only.
    test.skipIf(name === 'podman')('what has lacked memory has failed for that', async () => {
      const maxMemory = 32 * 2 ** 20;
      const limited = { confinement: { ...confinement, sandbox: sandbox(), maxMemory } };
      const [hog, handled] =
        name === 'stand-in'
          ? [
              ['sh', '-c', 'exit 1', 'lack-memory'],
              ['true', 'lack-memory'],
            ]
          : [
              ['sh', '-c', 'tail /dev/zero; exit 1'],
              ['sh', '-c', 'tail /dev/zero || true'],
            ];
      expect(await run('', {}, { ...limited, argv: hog })).toMatchObject({
        ...{ kind: 'out-of-memory', used: maxMemory, limit: maxMemory },
      });
      const outcome = await run('', {}, { ...limited, argv: handled });
      expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0 });
    });

    if (name === 'stand-in') {
      test('where memory cannot be bounded, nothing that is to be runs', async () => {
        await writeFile(join(home, 'containers/.unbounded'), '');
        const limited = { ...confinement, sandbox: sandbox(), maxMemory: 2 ** 25 };
        expect(await run('touch begun', {}, { confinement: limited })).toMatchObject({
          ...{ kind: 'not-started', problem: 'not-confined' },
          message: expect.stringContaining('cannot bound memory'),
        });
        expect(existsSync(join(cwd, 'begun'))).toBe(false);
      });

      test('a daemon that goes away before memory is seen to be bounded is waited for', async () => {
        const way = await tempDir();
        await writeFile(join(way, 'closing'), '');
        const limited = confinementIn({ ...variables, DOCKER_HOST: `unix://${way}` });
        const options = { confinement: { ...limited, maxMemory: 2 ** 25 } };
        expect(processFailure(['agent'], await run('true', {}, options))).toMatchObject({
          ...{ class: 'transient', message: expect.stringMatching(/cannot be run: .*daemon/) },
        });
      });

      // Far less than a daemon may take for what nobody waits for.
      test('a daemon that does not stop it holds up nobody', { timeout: 20_000 }, async () => {
        const stop = new AbortController();
        const options = { signal: stop.signal, gracePeriod: 0 };
        const outcomes = [
          run('touch alone; exec sleep 600', {}, options),
          run(
            'touch spoken-with; exec sleep 600',
            {},
            {
              ...options,
              converse: async ({ stdout }: Conversation) =>
                void (await once(stdout.resume(), 'close')),
            },
          ),
        ];
        await Promise.all([made('alone'), made('spoken-with')]);
        await writeFile(join(home, 'containers/.deaf'), '');
        stop.abort(new Error('enough'));
        const aborted = { kind: 'aborted', reason: stop.signal.reason };
        expect(await Promise.all(outcomes)).toMatchObject([aborted, aborted]);
        expect(await containers()).toEqual([]);
      });

      test('a client that warns at every call is understood, and else nobody is blamed', async () => {
        await writeFile(join(home, 'containers/.warns'), 'stderr');
        expect(await run('exit 3')).toMatchObject({ kind: 'exited', exitCode: 3 });
        await writeFile(join(home, 'containers/.warns'), 'stdout');
        expect(await run('exit 3')).toMatchObject({
          ...{ kind: 'lost', message: expect.stringMatching(/does not tell.*JSON/) },
        });
      });
    } else {
      test('another user can write at home, beside what is shared there', async () => {
        const outcome = await run('mkdir ~/new ~/data/new ~/data/worktrees/new', {
          user: isRoot ? '12345:12345' : sandbox().user,
        });
        expect(outcome).toEqual({ kind: 'exited', exitCode: 0, outputTail: '' });
        expect(existsSync(join(home, 'data/new'))).toBe(false);
      });
    }
  });
}

test('what the client is told: values of variables are not in it', async () => {
  const home = await tempDir();
  const cwd = join(home, 'data/worktrees/run_1/it-3');
  await mkdir(cwd, { recursive: true });
  await mkdir(join(home, '.agent'));
  await writeFile(join(cwd, '.git'), 'gitdir: elsewhere\n');
  const spec = {
    ...{ type: 'docker', image: 'agents:1', program: 'my-docker' },
    ...{ network: false, readable: ['~/docs'], user: '0:0' },
  };
  const confinement = {
    ...confinementOf(
      { sandbox: undefined, maxMemory: 2 ** 30 },
      {
        ...{ variables: { HOME: home }, dataDirectory: join(home, 'data') },
        ...{ configDirectory: home, mirrorDirectory: '/mirrors/a,b' },
      },
    ),
  };
  const argv = await containerArgv(
    {
      ...{ name: 'aurora.x', argv: ['agent', '-p', '--name'], attempt, isOfDocker: true },
      names: ['PATH', 'HOME', 'MY_TOKEN'],
    },
    sandboxSchema.parse(spec) as DockerSpec,
    confinement,
    { cwd, writable: ['/control'], state: ['.agent', '.not-there'] },
  );
  expect(argv).toEqual([
    ...['my-docker', 'create', '--init', '--interactive', '--pull', 'never'],
    ...['--name', 'aurora.x', '--label', `aurora.data=${home}/data`],
    ...['--user', '0:0', '--workdir', cwd, '--network', 'none'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--pids-limit', '4096', '--memory', '1073741824b'],
    ...['--memory-swap', '1073741824b', '--stop-timeout', '0', '--log-driver', 'none'],
    ...['', '/data', '/data/worktrees', '/data/worktrees/run_1'].flatMap((path) => [
      ...['--tmpfs', `${home}${path}:exec,mode=1777,uid=0,gid=0`],
    ]),
    ...['--mount', 'type=bind,"src=/mirrors/a,b","dst=/mirrors/a,b",readonly'],
    ...['--mount', `type=bind,src=${home}/docs,dst=${home}/docs,readonly`],
    ...['--mount', `type=bind,src=${home}/.agent,dst=${home}/.agent`],
    ...['--mount', 'type=bind,src=/control,dst=/control'],
    ...['--mount', `type=bind,src=${cwd},dst=${cwd}`],
    ...['--mount', `type=bind,src=${cwd}/.git,dst=${cwd}/.git,readonly`],
    ...['HOME', 'MY_TOKEN', 'AURORA_RUN_ID', 'AURORA_TASK_ID', 'AURORA_EPOCH'].flatMap((each) => [
      ...['--env', each],
    ]),
    ...['--entrypoint', 'agent', 'agents:1', '-p', '--name'],
  ]);
});
