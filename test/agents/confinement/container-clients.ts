import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Socket, connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';

const run = promisify(execFile);

/** One of the programs that make containers, as a test uses it. */
export interface ClientUnderTest {
  readonly name: 'stand-in' | 'docker' | 'podman';
  readonly image: string;
  readonly makeImage: () => Promise<unknown>;
  readonly removeImage: () => Promise<unknown>;
  /** Why it cannot be had on this machine. */
  readonly unusable?: string;
  /** The environment of an Aurora that has it on its PATH. */
  readonly variables: (home: string) => Promise<Record<string, string>>;
  /** An environment in which the way to the daemon can be cut; undefined where there is no daemon. */
  readonly cut?: (variables: Readonly<Record<string, string>>) => Promise<CutOff>;
}

interface CutOff {
  readonly variables: Readonly<Record<string, string>>;
  /** Ends the connections that there are. */
  readonly drop: () => Promise<void>;
  /** Lets nobody connect any more. */
  readonly close: () => Promise<void>;
}

const standInProgram = join(import.meta.dirname, 'docker-stand-in.mjs');
const path = process.env['PATH'] as string;

const standIn: ClientUnderTest = {
  ...{ name: 'stand-in', image: 'agents:1' },
  makeImage: () => Promise.resolve(),
  removeImage: () => Promise.resolve(),
  async variables(home) {
    const folder = join(home, 'bin');
    await mkdir(folder);
    const script = `#!/bin/sh\nexec ${process.execPath} ${standInProgram} "$@"\n`;
    await writeFile(join(folder, 'docker'), script, { mode: 0o755 });
    await mkdir(join(home, 'containers'));
    return { PATH: `${folder}${delimiter}${path}`, DOCKER_CONFIG: join(home, 'containers') };
  },
  async cut(variables) {
    const way = await tempDir();
    return {
      variables: { ...variables, DOCKER_HOST: `unix://${way}` },
      drop: () => writeFile(join(way, 'dropped'), ''),
      close: () => writeFile(join(way, 'closed'), ''),
    };
  },
};

/** Docker's socket where there is one on this machine, else undefined: there are other ways to a daemon. */
function socketOf(host = 'unix:///var/run/docker.sock'): string | undefined {
  return /^unix:\/\/(.*)/.exec(host)?.[1];
}

/** Stands between the client and the daemon. */
async function cutDocker(variables: Readonly<Record<string, string>>): Promise<CutOff> {
  const daemon = socketOf(variables['DOCKER_HOST']) as string;
  const socket = join(await tempDir(), 'docker.sock');
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: daemon, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => to.destroy()).pipe(to);
      open.add(from);
    }
  }).listen(socket);
  const drop = () => {
    for (const each of open) each.destroy();
    return Promise.resolve();
  };
  const close = async () => {
    server.close();
    await drop();
  };
  onTestFinished(close);
  return { variables: { ...variables, DOCKER_HOST: `unix://${socket}` }, drop, close };
}

/** A program of this machine, with an image in it of busybox, which needs no registry. */
async function real(name: 'docker' | 'podman'): Promise<ClientUnderTest> {
  const image = `aurora-test:${process.pid}`;
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => /^(?:DOCKER_|CONTAINER|XDG_|PATH$)/.test(key)),
  ) as Record<string, string>;
  const folder = await tempDir();
  const archive = join(folder, 'image.tar');
  const makeImage = () => run(name, ['import', archive, image]);
  const removeImage = () => run(name, ['rmi', '--force', image]);
  const canBeCut = name === 'docker' && socketOf(inherited['DOCKER_HOST']) !== undefined;
  const client: ClientUnderTest = {
    ...{ name, image, makeImage, removeImage },
    // What they keep in the home folder is not in that of a test.
    variables: () =>
      Promise.resolve({
        DOCKER_CONFIG: join(homedir(), '.docker'),
        XDG_DATA_HOME: join(homedir(), '.local/share'),
        XDG_CONFIG_HOME: join(homedir(), '.config'),
        ...inherited,
      }),
    ...(canBeCut ? { cut: cutDocker } : {}),
  };
  try {
    await run(name, ['ps'], { timeout: 10_000 });
    const { stdout: busybox } = await run('sh', ['-c', 'command -v busybox']).catch(() => {
      throw new Error('there is no busybox to make an image of');
    });
    const root = join(folder, 'root');
    for (const each of ['bin', 'tmp']) await mkdir(join(root, each), { recursive: true });
    await cp(busybox.trim(), join(root, 'bin/busybox'), { dereference: true });
    for (const each of 'sh env cat sleep tail mkdir true'.split(' ')) {
      await symlink('busybox', join(root, 'bin', each));
    }
    await run('tar', ['-C', root, '-cf', archive, '.']);
    await makeImage();
    const trial = ['run', '--rm', '--pull', 'never', '--network', 'none'];
    const seen = `type=bind,src=${folder},dst=${folder}`;
    const argv = [...trial, '--mount', seen, image, 'cat', join(folder, 'root/bin/cat')];
    // Where no test is chosen nobody would remove it afterwards.
    await run(name, argv, { timeout: 60_000, maxBuffer: 2 ** 26 }).finally(removeImage);
    return client;
  } catch (error) {
    const { code, message, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    const why = code === 'ENOENT' ? 'is not installed' : (stderr?.trim() || message).slice(-200);
    return { ...client, unusable: why };
  }
}

/** The real ones that this machine has, and for all others one that stands in for them. */
export const clients: readonly ClientUnderTest[] = [
  standIn,
  ...(await Promise.all([real('docker'), real('podman')])),
];
