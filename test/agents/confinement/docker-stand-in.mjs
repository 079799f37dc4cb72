// Speaks so much of the interface of Docker's client as Aurora uses, and refuses all else. Containers are
// processes of this machine that do not end with the client; their list is the folder DOCKER_CONFIG.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const [command, ...args] = process.argv.slice(2);
const folder = process.env.DOCKER_CONFIG;

function fail(message, exitCode = 1) {
  console.error(message);
  process.exit(exitCode);
}

/** Options by name, each with all its values, and the words after them. */
function parse(switches, valued) {
  const found = Object.fromEntries(valued.map((name) => [name, []]));
  while (args[0]?.startsWith('--')) {
    const name = args.shift();
    if (valued.includes(name)) found[name].push(args.shift());
    else if (!switches.includes(name)) fail(`unknown flag: ${name}`, 125);
  }
  return found;
}

/** A folder, in which a test says what becomes of the way to the daemon. */
const way = process.env.DOCKER_HOST?.slice('unix://'.length);
const isWay = (what) => way !== undefined && existsSync(join(way, what));

const fileOf = (name) => join(folder, name);
const write = (name, container) => writeFileSync(fileOf(name), JSON.stringify(container));

function read(name) {
  if (!existsSync(fileOf(name))) fail(`Error response from daemon: No such container: ${name}`);
  return JSON.parse(readFileSync(fileOf(name), 'utf8'));
}

/** The stream on which it warns at every call, as some do of their configuration. */
if (existsSync(fileOf('.warns'))) {
  process[readFileSync(fileOf('.warns'), 'utf8')].write('WARNING: Error loading config file\n');
}

function onLoss() {
  const time = new Date().toISOString();
  const words = 'error waiting for container: unexpected EOF';
  fail(`time="${time}" level=error msg="${words}"`, 125);
}

const commands = {
  create() {
    const options = parse(
      ['--init', '--interactive'],
      [
        ...['--pull', '--name', '--label', '--user', '--workdir', '--network', '--cap-drop'],
        ...[
          '--security-opt',
          '--pids-limit',
          '--memory',
          '--memory-swap',
          '--log-driver',
          '--stop-timeout',
        ],
        ...['--tmpfs', '--mount', '--env', '--entrypoint'],
      ],
    );
    if (args[0] !== 'agents:1') fail(`Error response from daemon: No such image: ${args[0]}`);
    for (const mount of options['--mount']) {
      const [, source] = /src=([^,]*)/.exec(mount);
      if (existsSync(source)) continue;
      fail(
        `Error response from daemon: invalid mount config for type "bind": bind source path does not exist: ${source}`,
      );
    }
    const env = Object.fromEntries(options['--env'].map((each) => [each, process.env[each]]));
    write(options['--name'][0], {
      labels: options['--label'],
      argv: [...options['--entrypoint'], ...args.slice(1)],
      cwd: options['--workdir'][0],
      env: { PATH: '/usr/bin:/bin', ...env },
      memory: existsSync(fileOf('.unbounded')) ? 0 : parseInt(options['--memory'][0] ?? '0'),
      state: { Status: 'created', ExitCode: 0, OOMKilled: false },
    });
    if (isWay('closing')) writeFileSync(join(way, 'closed'), '');
  },
  start() {
    parse(['--attach', '--interactive'], []);
    const [name] = args;
    const container = read(name);
    const { argv, cwd, env } = container;
    const [program, ...words] = argv;
    // Before it begins, as a test may take the way away as soon as it has.
    if (way !== undefined) watch(way, onLoss);
    const child = spawn(program, words, { cwd, env, detached: true });
    process.stdin.pipe(child.stdin).on('error', () => {});
    child.stdout.pipe(process.stdout);
    child.stderr.pipe(process.stderr);
    const end = (exitCode) => {
      const OOMKilled = argv.includes('lack-memory');
      const state = { Status: 'exited', ExitCode: exitCode, OOMKilled };
      // Unless it was removed.
      if (existsSync(fileOf(name))) write(name, { ...container, state });
      process.exit(exitCode);
    };
    child.once('error', ({ code }) => {
      const [exitCode, why] =
        code === 'ENOENT' ? [127, 'No such file or directory'] : [126, 'Permission denied'];
      console.error(`[FATAL tini (7)] exec ${program} failed: ${why}`);
      end(exitCode);
    });
    if (child.pid === undefined) return;
    const state = { Status: 'running', ExitCode: 0, OOMKilled: false };
    write(name, { ...container, pid: child.pid, state });
    // As Docker's client of version 28 does.
    process.on('SIGTERM', () => process.exit(child.kill('SIGTERM') ? 0 : 1));
    child.once('close', (exitCode, signal) => end(exitCode ?? 128 + constants.signals[signal]));
  },
  stop() {
    if (existsSync(fileOf('.deaf'))) return setInterval(() => {}, 60_000);
    const seconds = Number(args[1]);
    const [, , name] = args;
    const { pid } = read(name);
    const isRunning = () => existsSync(fileOf(name)) && read(name).state.Status === 'running';
    if (!isRunning()) return;
    process.kill(pid, 'SIGTERM');
    const killing = setTimeout(() => process.kill(-pid, 'SIGKILL'), seconds * 1_000);
    const watching = setInterval(() => {
      if (isRunning()) return;
      clearTimeout(killing);
      clearInterval(watching);
    }, 10);
  },
  inspect() {
    const { '--format': formats } = parse([], ['--type', '--format']);
    const { state, memory } = read(args[0]);
    const values = { '{{json .State}}': JSON.stringify(state), '{{.HostConfig.Memory}}': memory };
    console.log(formats[0].replace(/\{\{.*?\}\}/g, (each) => values[each]));
  },
  rm() {
    parse(['--force', '--volumes'], []);
    const { pid, state } = read(args[0]);
    rmSync(fileOf(args[0]));
    if (state.Status === 'running') process.kill(-pid, 'SIGKILL');
  },
  ps() {
    const { '--filter': filters } = parse(['--all'], ['--filter', '--format']);
    for (const name of readdirSync(folder).filter((each) => !each.startsWith('.'))) {
      const { labels } = read(name);
      if (filters.every((filter) => labels.includes(filter.replace('label=', ''))))
        console.log(name);
    }
  },
  image() {
    if (args.at(-1) !== 'agents:1')
      fail(`Error response from daemon: No such image: ${args.at(-1)}`);
  },
  version() {},
  '--version': () => console.log('Docker version 28.2.2, build e6534b4'),
};
if (isWay('closed')) {
  fail(`Cannot connect to the Docker daemon at unix://${way}. Is the docker daemon running?`);
}
(commands[command] ?? (() => fail(`docker: '${command}' is not a docker command.`)))();
