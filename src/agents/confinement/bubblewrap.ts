import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { SandboxSpec } from '../../domain/sandbox.ts';
import { type Confinement, resolveWritten } from './confinement.ts';

/** What a sandboxed program needs beside the system. */
export interface SandboxPlace {
  readonly cwd: string;
  /** Whose folders it starts programs from. */
  readonly path: string;
  /** Folders that it may change; the working folder is one anyway. */
  readonly writable: readonly string[];
  /** What it keeps in the home folder, relative to it: credentials and settings of its own. */
  readonly state: readonly string[];
}

/** Namespaces of its own, no rights whatever user it is, and an end with its parent. */
const apart = [
  ...['--unshare-user-try', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
  ...['--unshare-cgroup-try', '--cap-drop', 'ALL', '--die-with-parent'],
  ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
];

/** Private and empty: temporary files, sockets of services, people's files. */
const hidden = ['/tmp', '/var/tmp', '/run', '/home', '/root'];

/** Starts nothing but shows whether a sandbox can be made here. */
export const probeArgv = ['bwrap', ...apart, '--unshare-net', '--tmpfs', '/tmp', '--', 'true'];

/**
 * The arguments that start a program in bubblewrap: the system read-only, homes, temporary folders,
 * sockets and Aurora's data hidden, the working folder writable, git's data readable.
 */
export async function bubblewrapArgv(
  argv: readonly string[],
  sandbox: SandboxSpec,
  confinement: Omit<Confinement, 'sandbox' | 'maxMemory'>,
  place: SandboxPlace,
): Promise<string[]> {
  const { home, dataDirectory, configDirectory, mirrorDirectory } = confinement;
  const hide = await existing([...hidden, home, dataDirectory]);
  const isHidden = (file: string) => hide.some((each) => file.startsWith(each + sep));
  const programs = place.path
    .split(':')
    .filter((folder) => folder.startsWith('/') && isHidden(folder))
    // Programs come with the folders beside theirs, `lib` for instance; but a home is no such.
    .map((folder) => (isHidden(dirname(folder)) ? dirname(folder) : folder));
  const [program = ''] = argv;
  const ownFolder = program.startsWith('/') && isHidden(program) ? [dirname(program)] : [];
  const names = await nameServiceFile(sandbox);
  const ofGit = mirrorDirectory === undefined ? [] : [mirrorDirectory];
  const written = (paths: readonly string[]) =>
    paths.map((each) => resolveWritten(each, { home, configDirectory }));
  const state = place.state.map((each) => join(home, each));
  return [
    ...['bwrap', ...apart],
    ...(sandbox.network ? [] : ['--unshare-net']),
    ...hide.flatMap((folder) => ['--tmpfs', folder]),
    ...bind('--ro-bind-try', [...names, ...programs, ...ownFolder, join(home, '.gitconfig')]),
    ...bind('--ro-bind', [...ofGit, ...written(sandbox.readable)]),
    ...bind('--bind-try', state),
    ...bind('--bind', [...written(sandbox.writable), ...place.writable, place.cwd]),
    // The way to git's data: a worktree without it could not be saved.
    ...bind('--ro-bind', await gitPointer(place.cwd)),
    ...['--setenv', 'TMPDIR', '/tmp', '--chdir', place.cwd, '--', ...argv],
  ];
}

const bind = (how: string, paths: readonly string[]) => paths.flatMap((each) => [how, each, each]);

/** Without links, which would be followed to what is hidden; the outer ones first. */
async function existing(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(folders.map((each) => realpath(each).catch(() => undefined)));
  return [...new Set(found.filter((each) => each !== undefined))].sort();
}

async function gitPointer(directory: string): Promise<string[]> {
  const pointer = join(directory, '.git');
  const found = await lstat(pointer).catch(() => undefined);
  return found?.isFile() === true ? [pointer] : [];
}

/** How names of hosts are found is said below /run on many systems. */
async function nameServiceFile({ network }: SandboxSpec): Promise<string[]> {
  if (!network) return [];
  const file = await realpath('/etc/resolv.conf').catch(() => '');
  return file.startsWith('/run/') ? [file] : [];
}
