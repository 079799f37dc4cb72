import { readdir, readFile, readlink } from 'node:fs/promises';
import { sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between SIGTERM and SIGKILL, and how long a group may take to vanish after it. */
const gracePeriod = 2_000;

/**
 * Stops what a killed worker has left running in an attempt's folder: process groups of their own
 * session and without a terminal, as agents are started (a person's shell in the folder is left
 * alone). Linux only; elsewhere nothing is found.
 *
 * @returns how many process groups were stopped
 */
export async function stopProcessesIn(directory: string): Promise<number> {
  const groups = await groupsIn(directory);
  for (const group of groups) signal(group, 'SIGTERM');
  const deadline = Date.now() + gracePeriod;
  while ((await groupsIn(directory)).size > 0 && Date.now() < deadline) await sleep(20);
  for (const group of await groupsIn(directory)) signal(group, 'SIGKILL');
  while ((await groupsIn(directory)).size > 0 && Date.now() < deadline + gracePeriod)
    await sleep(20);
  return groups.size;
}

async function groupsIn(directory: string): Promise<Set<number>> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const groups = await Promise.all(pids.map((pid) => detachedGroupIn(directory, pid)));
  return new Set(groups.filter((group) => group !== undefined));
}

async function detachedGroupIn(directory: string, pid: string): Promise<number | undefined> {
  // Other users' processes and those that have ended (zombies too) have no readable folder.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  if (folder !== directory && !folder.startsWith(directory + sep)) return undefined;
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name in parentheses: state, parent, group, session, terminal (proc(5)).
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [group, session, terminal] = fields.slice(2, 5).map(Number);
  return group === session && terminal === 0 ? group : undefined;
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
