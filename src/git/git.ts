import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AuroraError } from '../domain/errors.ts';
import { type Environment, gitEnvironment } from './git-environment.ts';
import { gitError } from './git-error.ts';
import { maskCredentials } from './mask-credentials.ts';

export interface GitOptions {
  readonly cwd: string;
  readonly environment: Environment;
  /** Further variables, for this command alone. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** `latin1` keeps every byte, in `input` and in `stdout`: for names that may be no UTF-8. */
  readonly encoding?: 'utf8' | 'latin1';
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; 10 minutes when not given. */
  readonly timeout?: number;
  /** Bytes of output that are enough: then it is stopped, and has ended well. */
  readonly enough?: number;
  /** Exit codes that are answers rather than failures; `[0]` when not given. */
  readonly exitCodes?: readonly number[];
}

export interface GitOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * No hook, monitor, signature or background work may run because of a repository's configuration, nor
 * filters of a submodule, whose configuration may be an agent's.
 */
const fixedConfig = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'diff.ignoreSubmodules=dirty',
  'core.quotePath=false',
  'commit.gpgSign=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((entry) => ['-c', entry]);

const defaultTimeout = 10 * 60_000;
/** Most that a command may print; `ls-remote` of a very large repository stays below. */
const maxOutput = 64 * 1024 * 1024;
const maxErrorOutput = 64 * 1024;

/**
 * Runs git with an argument list, never through a shell, in a process group of its own: it has no
 * terminal to ask at, and stopping it stops its transports too.
 *
 * @throws AuroraError `git-failed` in git's own words, `disk-full`
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitOutput> {
  const what = `git ${subcommand(args)}`;
  options.signal?.throwIfAborted();
  const child = spawn('git', [...fixedConfig, ...args], {
    cwd: options.cwd,
    env: { ...gitEnvironment(options.environment), ...options.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stopped: string | undefined;
  const stop = (why: string) => {
    stopped ??= why;
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const onAbort = () => stop('it was cancelled');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timeout = options.timeout ?? defaultTimeout;
  const timer = setTimeout(() => stop(`no end after ${timeout / 1_000} s`), timeout);

  const stdout: Buffer[] = [];
  let stdoutSize = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    stdoutSize += chunk.length;
    if (stdoutSize > (options.enough ?? maxOutput)) stop(`more than ${maxOutput} bytes of output`);
    if (stdoutSize <= maxOutput) stdout.push(chunk);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-maxErrorOutput);
  });
  // git may exit before it has read everything; its exit code says what happened.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '', options.encoding ?? 'utf8');

  let exitCode: number | null;
  try {
    exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    });
  } catch (error) {
    throw startError(what, options.cwd, error);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
  options.signal?.throwIfAborted();
  const isEnough = stdoutSize > (options.enough ?? Infinity);
  if (!isEnough && (stopped !== undefined || exitCode === null)) {
    throw gitError(what, `${stopped ?? 'it was killed'}\n${stderr}`);
  }
  if (!isEnough && !(options.exitCodes ?? [0]).includes(exitCode as number)) {
    throw gitError(what, stderr.trim() === '' ? `exit code ${exitCode}` : stderr);
  }
  return {
    exitCode: isEnough ? 0 : (exitCode as number),
    stdout: Buffer.concat(stdout).toString(options.encoding ?? 'utf8'),
    stderr: maskCredentials(stderr),
  };
}

function subcommand(args: readonly string[]): string {
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-c') i++;
    else if (!args[i]?.startsWith('-')) return args[i] as string;
  }
  return '';
}

function startError(what: string, cwd: string, error: unknown): AuroraError {
  // Node reports a missing working directory as a missing program.
  if (!existsSync(cwd)) return gitError(what, `the folder ${cwd} does not exist`, error);
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return gitError(what, 'there is no git on the PATH: install git 2.39 or newer', error);
  }
  return gitError(what, String(error), error);
}
