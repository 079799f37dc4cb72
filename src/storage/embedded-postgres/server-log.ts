import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** The log of the embedded server in its home folder. */
export function serverLogPath(home: string): string {
  return join(home, 'postgres.log');
}

/** Begins a new log; the one of the start before is kept as `postgres.log.1`, older ones are not. */
export async function beginServerLog(home: string): Promise<FileHandle> {
  const path = serverLogPath(home);
  try {
    await rename(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return open(path, 'a', 0o600);
}

/** What the server said since its last start. */
export async function readServerLog(home: string): Promise<string> {
  return readFile(serverLogPath(home), 'utf8');
}
