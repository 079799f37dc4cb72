import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../src/git/git-environment.ts';
import { openMirror, type Mirror } from '../../src/git/mirror.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

/** git as a bare machine has it: no configuration of the user who runs the tests. */
export const environment: Environment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** Plain git, as a person would use it; the output without the last newline. */
export async function plainGit(cwd: string, ...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const { stdout } = await run('git', [...identity, ...args], {
    cwd,
    env: { ...environment, GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout.replace(/\n$/, '');
}

export async function writeFiles(directory: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

/** Commits the given files and returns the commit. */
export async function commitFiles(
  directory: string,
  files: Record<string, string>,
  message = 'Change',
): Promise<string> {
  await writeFiles(directory, files);
  await plainGit(directory, 'add', '--all');
  await plainGit(directory, 'commit', '--quiet', '--allow-empty', '-m', message);
  return plainGit(directory, 'rev-parse', 'HEAD');
}

/** A repository with one commit on `main`. */
export async function makeRepository(
  options: { files?: Record<string, string>; initArguments?: string[] } = {},
): Promise<{ directory: string; head: string }> {
  const directory = join(await tempDir(), 'origin');
  await mkdir(directory);
  await plainGit(directory, 'init', '--quiet', '-b', 'main', ...(options.initArguments ?? []));
  const head = await commitFiles(directory, options.files ?? { 'readme.md': '# Origin\n' });
  return { directory, head };
}

/** An origin, its mirror, and a folder for worktrees. */
export async function makeProject(
  files?: Record<string, string>,
): Promise<{ origin: string; head: string; mirror: Mirror; worktrees: string }> {
  const { directory, head } = await makeRepository(files === undefined ? {} : { files });
  const root = await tempDir();
  const mirror = await openMirror({ url: directory, directory: join(root, 'mirror'), environment });
  return { origin: directory, head, mirror, worktrees: join(root, 'worktrees') };
}

/** Serves a folder of repositories over git:// until the test is over, and returns its address. */
export async function serveRepositories(folder: string): Promise<string> {
  const daemon = gitDaemon(folder, await freePort());
  onTestFinished(daemon.stop);
  await daemon.start();
  return daemon.address;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A git server that can go away and come back. */
export function gitDaemon(folder: string, port: number) {
  const address = `git://127.0.0.1:${port}/`;
  let daemon: ChildProcess | undefined;
  const start = async () => {
    daemon = spawn(
      'git',
      [
        'daemon',
        '--export-all',
        '--enable=receive-pack',
        '--reuseaddr',
        '--listen=127.0.0.1',
        `--port=${port}`,
        `--base-path=${folder}`,
      ],
      { stdio: 'ignore', detached: true },
    );
    const answers = () =>
      run('git', ['ls-remote', `${address}origin`]).then(
        () => true,
        () => false,
      );
    await waitFor(answers, { what: 'git daemon' });
  };
  const stop = async () => {
    if (daemon === undefined) return;
    const ended = new Promise((resolve) => daemon?.once('exit', resolve));
    process.kill(-(daemon.pid as number), 'SIGTERM');
    await ended;
    daemon = undefined;
  };
  return { address, start, stop };
}
