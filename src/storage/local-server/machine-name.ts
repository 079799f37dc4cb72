import { readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/**
 * Names the processes that can see each other: those of one host and, on Linux, of one PID namespace.
 * Two containers may have the same host name; what one of them takes for dead lives in the other.
 */
export async function machineName(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  const [id] = /\d+/.exec(namespace) ?? [];
  return id === undefined ? hostname() : `${hostname()}/${id}`;
}
