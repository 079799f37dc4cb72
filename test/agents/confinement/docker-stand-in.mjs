// Speaks so much of the interface of Docker's client as Aurora uses, and refuses all else. Containers are
// processes of this machine that do not end with the client; their list is the folder DOCKER_CONFIG.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [command, ...args] = process.argv.slice(2);
const folder = process.env.DOCKER_CONFIG;
mkdirSync(folder, { recursive: true });

function fail(message, exitCode = 125) {
  console.error(message);
  process.exit(exitCode);
}

/** Options by name, each with all its values, and the words after them. */
function parse(switches, valued) {
  const found = Object.fromEntries(valued.map((name) => [name, []]));
  while (args[0]?.startsWith('--')) {
    const name = args.shift();
    if (valued.includes(name)) found[name].push(args.shift());
    else if (!switches.includes(name)) fail(`unknown flag: ${name}`);
  }
  return found;
}

const commands = {
  run() {
    const options = parse(
      ['--rm', '--init', '--interactive'],
      [
        '--pull',
        '--name',
        '--label',
        '--user',
        '--workdir',
        '--network',
        '--cap-drop',
        '--security-opt',
      ].concat([
        '--pids-limit',
        '--memory',
        '--memory-swap',
        '--tmpfs',
        '--mount',
        '--env',
        '--entrypoint',
      ]),
    );
    for (const mount of options['--mount']) {
      const [, source] = /src=([^,]*)/.exec(mount);
      if (existsSync(source)) continue;
      fail(
        `docker: Error response from daemon: invalid mount config for type "bind": bind source path does not exist: ${source}.`,
      );
    }
    const [program] = options['--entrypoint'];
    const [name] = options['--name'];
    const env = Object.fromEntries(options['--env'].map((each) => [each, process.env[each]]));
    const child = spawn(program, args.slice(1), {
      cwd: options['--workdir'][0],
      env: { PATH: '/usr/bin:/bin', ...env },
      detached: true,
      stdio: 'inherit',
    });
    child.once('error', () =>
      fail(`[FATAL tini (7)] exec ${program} failed: No such file or directory`, 127),
    );
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify({ pid: child.pid, labels: options['--label'] }));
    // A daemon that is lost while the program runs.
    if (child.pid !== undefined && args.includes('lose-daemon')) fail('docker: lost connection.');
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
    child.once('exit', (exitCode) => {
      rmSync(file, { force: true });
      process.exit(exitCode ?? 137);
    });
  },
  rm() {
    parse(['--force'], []);
    const file = join(folder, args[0]);
    process.kill(-JSON.parse(readFileSync(file, 'utf8')).pid, 'SIGKILL');
    rmSync(file);
  },
  ps() {
    const { '--filter': filters } = parse(['--all'], ['--filter', '--format']);
    for (const name of readdirSync(folder)) {
      const { labels } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      if (filters.every((filter) => labels.includes(filter.replace('label=', ''))))
        console.log(name);
    }
  },
  image() {
    if (args.at(-1) !== 'agents:1')
      fail(`Error response from daemon: No such image: ${args.at(-1)}`, 1);
  },
};
(commands[command] ?? (() => fail(`docker: '${command}' is not a docker command.`, 1)))();
