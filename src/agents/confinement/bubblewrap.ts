import { realpath } from 'node:fs/promises';
import type { BubblewrapSpec } from '../../domain/sandbox.ts';
import type { Confinement } from './confinement.ts';
import { type Mount, mountsOf, type SandboxPlace } from './mounts.ts';
import { programPaths, systemFolders, systemSecrets } from './system.ts';

/** Namespaces of its own, no rights whatever user it is, and an end with its parent. */
const apart = [
  ...['--unshare-user-try', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
  ...['--unshare-cgroup-try', '--cap-drop', 'ALL', '--die-with-parent'],
  ...['--dev', '/dev', '--proc', '/proc'],
];

/** Starts nothing but shows whether a sandbox can be made here. */
export const bubblewrapProbe = [
  ...['bwrap', '--ro-bind', '/', '/', ...apart],
  ...['--unshare-net', '--tmpfs', '/tmp', '--', 'true'],
];

/**
 * The arguments that start a program in bubblewrap: it sees the system and folders of programs, but not
 * to change them, and of the rest of this machine only what it is given.
 *
 * @param path of the program's environment
 */
export async function bubblewrapArgv(
  argv: readonly string[],
  sandbox: BubblewrapSpec,
  confinement: Confinement,
  place: SandboxPlace,
  path: string,
): Promise<string[]> {
  const { home, dataDirectory } = confinement;
  const [program = ''] = argv;
  const programs = await programPaths(program, path, home);
  const secrets = await systemSecrets();
  return [
    ...['bwrap', ...apart],
    ...(sandbox.network ? [] : ['--unshare-net']),
    ...(await systemFolders()).flatMap(({ path, link }) =>
      link === undefined ? ['--ro-bind', path, path] : ['--symlink', link, path],
    ),
    ...secrets.flatMap(({ path, isFolder }) =>
      isFolder ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path],
    ),
    // Its own and empty; home is where programs look first for what they keep.
    ...['/tmp', '/var/tmp', '/run', home].flatMap((folder) => ['--tmpfs', folder]),
    ...[...(await nameServiceFile(sandbox)), ...programs].flatMap((each) => [
      ...['--ro-bind-try', each, each],
    ]),
    // The work of others, should it be beside programs.
    ...['--tmpfs', dataDirectory],
    ...(await mountsOf(sandbox, confinement, place)).flatMap(bind),
    ...['--remount-ro', '/', '--setenv', 'TMPDIR', '/tmp', '--chdir', place.cwd, '--', ...argv],
  ];
}

function bind({ path, access, mayBeMissing }: Mount): string[] {
  const how = access === 'read' ? '--ro-bind' : '--bind';
  return [mayBeMissing === true ? `${how}-try` : how, path, path];
}

/** How names of hosts are found is said below /run on many systems. */
async function nameServiceFile({ network }: BubblewrapSpec): Promise<string[]> {
  if (!network) return [];
  const file = await realpath('/etc/resolv.conf').catch(() => '');
  return file.startsWith('/run/') ? [file] : [];
}
