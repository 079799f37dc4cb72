import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { FleetProcessOptions } from './fleet-process.ts';

const program = fileURLToPath(new URL('fleet-process.ts', import.meta.url));
const running = new Set<ChildProcess>();

// A test that failed half-way leaves no process behind.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

export interface FleetProcess {
  /** Resolves when it takes work; rejects when it ended before. */
  readonly serving: Promise<void>;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** kill -9, and waits for its end. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export function startFleetProcess(options: FleetProcessOptions): FleetProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  let output = '';
  const serving = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.startsWith('serving\n')) resolve();
      else if (process.env['TEST_LOG_LEVEL'] !== undefined) process.stdout.write(chunk);
    });
    void ended.then((code) => reject(new Error(`the process ended with ${code}: ${output}`)));
  });
  // Whoever kills it early does not look at this.
  serving.catch(() => undefined);
  return {
    serving,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
