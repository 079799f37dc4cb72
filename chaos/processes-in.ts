import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { sendSignal } from './victim.ts';

/** The processes whose working folder is in the given one. */
export async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It may end between the listing and the look, or be somebody else's.
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      const inside = place === folder || place.startsWith(folder + path.sep);
      return inside && Number(pid) !== process.pid ? Number(pid) : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

export async function killProcessesIn(folder: string): Promise<void> {
  for (const pid of await processesIn(folder)) {
    // Servers have an order in which they end.
    if (!/postgres|redis-server/.test(await commandOf(pid))) sendSignal(pid, 'SIGKILL');
  }
}

export async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
}
