import { randomBytes } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { DockerSpec } from '../../domain/sandbox.ts';
import type { AttemptKey } from '../../git/refs.ts';
import { attemptVariables } from '../../git/stop-processes-of.ts';
import type { Confinement } from './confinement.ts';
import { type Mount, mountsOf, type SandboxPlace } from './mounts.ts';

/** Processes and threads of one container: a bomb of forks ends there. */
const mostProcesses = 4_096;

/** Say where something is on this machine, which the image has elsewhere. */
const ofThisMachine = new Set([
  ...['PATH', 'SHELL', 'TMPDIR', 'SSL_CERT_DIR', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
]);

/** Says whose a container is: that of the Aurora whose data folder this is. */
export const dataLabel = 'aurora.data';

/** Fails where there is no daemon, or no such image. */
export const dockerProbe = ({ program, image }: DockerSpec) => [
  ...[program, 'image', 'inspect', '--format', '{{.Id}}', image],
];

/** The name of a new container, by which the janitor finds it when its attempt has died. */
export function containerName(attempt: AttemptKey | undefined): string {
  const owner = attempt === undefined ? [] : [attempt.runId, attempt.taskId, attempt.epoch];
  return ['aurora', ...owner, randomBytes(4).toString('hex')].join('.');
}

/** Whose container it is; undefined for one of no attempt. */
export function attemptOfContainer(name: string): AttemptKey | undefined {
  const [, runId, taskId, epoch] =
    /^aurora\.([^.]+)\.([^.]+)\.(\d+)\.[0-9a-f]{8}$/.exec(name) ?? [];
  if (runId === undefined || taskId === undefined) return undefined;
  return { runId, taskId, epoch: Number(epoch) };
}

/**
 * The arguments that make a container of the image for a program, which sees of this machine only
 * what it is given, at the same places. Variables are passed by name: their values are in no argument.
 *
 * @param call.names of the variables that the program sees
 * @param call.isOfDocker others make folders of memory for nobody in particular
 */
export async function containerArgv(
  call: {
    readonly name: string;
    readonly argv: readonly string[];
    readonly names: readonly string[];
    readonly attempt?: AttemptKey | undefined;
    readonly isOfDocker: boolean;
  },
  sandbox: DockerSpec,
  confinement: Confinement,
  place: SandboxPlace,
): Promise<string[]> {
  const { home, dataDirectory, maxMemory } = confinement;
  const { attempt } = call;
  const [program = '', ...args] = call.argv;
  const mounts = (
    await Promise.all((await mountsOf(sandbox, confinement, place)).map(isThere))
  ).flat();
  const user = sandbox.user ?? ownUser();
  const [uid, gid] = user.split(':');
  // Where the image has the folder, runc before 1.1.6 gives it that one's mode.
  const owner = call.isOfDocker ? `,uid=${uid},gid=${gid}` : '';
  const ofAttempt = attempt === undefined ? {} : attemptVariables(attempt);
  const names = [...call.names, ...Object.keys(ofAttempt)];
  return [
    ...[sandbox.program, 'create', '--init', '--interactive', '--pull', 'never'],
    ...['--name', call.name, '--label', `${dataLabel}=${dataDirectory}`],
    ...['--user', user, '--workdir', place.cwd],
    ...['--network', sandbox.network ? 'bridge' : 'none'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--pids-limit', String(mostProcesses)],
    ...(maxMemory === undefined
      ? []
      : ['--memory', `${maxMemory}b`, '--memory-swap', `${maxMemory}b`]),
    // It has had its time when it is removed; Podman would give it more.
    ...['--stop-timeout', '0'],
    // The daemon would keep all that the program prints in a file, secrets too, until no room is left.
    ...['--log-driver', 'none'],
    ...[home, ...foldersTo(mounts, home)].flatMap((path) => [
      ...['--tmpfs', `${path}:exec,mode=1777${owner}`],
    ]),
    ...mounts.flatMap(mountArgument),
    ...[...new Set(names)]
      .filter((name) => !ofThisMachine.has(name))
      .flatMap((name) => ['--env', name]),
    // Whatever else the image would start.
    ...['--entrypoint', program, sandbox.image, ...args],
  ];
}

const ownUser = () => `${process.getuid?.()}:${process.getgid?.()}`;

async function isThere(mount: Mount): Promise<Mount[]> {
  if (mount.mayBeMissing !== true) return [mount];
  return lstat(mount.path).then(
    () => [mount],
    () => [],
  );
}

/** Those from the home folder to what is mounted below it: the daemon would make them for root alone. */
function foldersTo(mounts: readonly Mount[], home: string): readonly string[] {
  const isMounted = (path: string) => mounts.some((mount) => isWithin(path, mount.path));
  const folders = mounts.flatMap(({ path }) => {
    const above: string[] = [];
    for (let each = dirname(path); each !== home && isWithin(each, home); each = dirname(each)) {
      if (!isMounted(each)) above.push(each);
    }
    return above;
  });
  return [...new Set(folders)].sort();
}

const isWithin = (path: string, folder: string) => !/^\.\.(?:\/|$)/.test(relative(folder, path));

/** Its parts are a line of CSV. */
function mountArgument({ path, access }: Mount): string[] {
  const parts = ['type=bind', `src=${path}`, `dst=${path}`];
  const quoted = parts.map((part) =>
    /[",]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part,
  );
  return ['--mount', [...quoted, ...(access === 'read' ? ['readonly'] : [])].join(',')];
}
