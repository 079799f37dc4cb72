import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, inject } from 'vitest';
import { waitFor } from '../support/wait-for.ts';

const running = new Set<number>();

// A test that failed half-way leaves no process behind.
afterAll(() => {
  for (const pid of running) process.kill(pid, 'SIGKILL');
});

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AuroraProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Waits until its output (both streams) matches. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

export interface AuroraOptions {
  readonly cwd: string;
  /** Everything that the process sees of the environment, besides PATH, HOME and TMPDIR. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** `gone`: whoever reads its standard output has closed it. */
  readonly reader?: 'gone';
  /** Another entry than the command line: a file of `workers/` or `test/processes/`. */
  readonly entry?: string;
}

/** Where a source of the project is as the JavaScript that is deployed. */
export function compiled(source: string): string {
  return path.join(inject('compiled'), source.replace(/\.ts$/, '.js'));
}

/** Starts the real command line, or a worker's entry, as a process of its own. */
export function startAurora(args: readonly string[], options: AuroraOptions): AuroraProcess {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  const child = spawn(process.execPath, [compiled(options.entry ?? 'src/cli/main.ts'), ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, TMPDIR, PORT: '0', ...options.env },
    stdio: 'pipe',
  });
  const pid = child.pid as number;
  running.add(pid);
  if (options.reader === 'gone') child.stdout.destroy();
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // A command that refuses its arguments does not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      over = true;
      running.delete(pid);
      resolve({ code, ...output });
    });
  });
  return {
    pid,
    ended,
    prints: (pattern) =>
      waitFor(
        () => {
          const found = pattern.exec(output.stdout + output.stderr);
          if (found === null && over) {
            throw new Error(`It ended without ${pattern}:\n${output.stdout}${output.stderr}`);
          }
          return found ?? undefined;
        },
        { timeoutMs: 40_000, what: `${pattern} in the output of aurora ${args.join(' ')}` },
      ),
    kill: (signal) => child.kill(signal),
  };
}

/** Runs a command to its end. */
export function aurora(args: readonly string[], options: AuroraOptions): Promise<Ended> {
  return startAurora(args, options).ended;
}
