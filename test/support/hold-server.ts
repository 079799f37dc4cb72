import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const program = fileURLToPath(new URL('server-holder.ts', import.meta.url));
const running = new Set<ChildProcess>();

// A test that failed half-way leaves no process behind.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Another process that holds (or is about to hold) a server of ours. */
export interface ServerHolder<T> {
  /** What the open call returned there; rejects when the process ends without it. */
  readonly opened: Promise<T>;
  /** Lets it close its server and waits for its end. */
  close(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

export function holdServer<T>(kind: 'postgres' | 'redis', dir: string): ServerHolder<T> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, kind, dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    running.delete(child);
    return { code, signal };
  });
  const firstLine = createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const opened = firstLine.then(({ value, done }) => {
    if (done === true) throw new Error(`The holder of ${dir} ended without opening its server.`);
    return JSON.parse(value) as T;
  });
  // A test that kills the holder early does not look at this; one that awaits it still sees it.
  opened.catch(() => undefined);
  return {
    opened,
    close: async () => {
      child.stdin.end();
      const { code } = await ended;
      if (code !== 0) throw new Error(`The holder of ${dir} ended with ${String(code)}.`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
