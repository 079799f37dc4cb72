import { readdir, readFile, readlink } from 'node:fs/promises';
import { sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptKey } from './refs.ts';

/** Milliseconds between SIGTERM and SIGKILL for what a worker that was killed has left. */
const janitorGracePeriod = 2_000;
/** Milliseconds. How long they may take to vanish after SIGKILL. */
const lastWait = 2_000;

/** Tell a program which attempt it works for, and us which programs an attempt has left running. */
export function attemptVariables({ runId, taskId, epoch }: AttemptKey): Record<string, string> {
  return { AURORA_RUN_ID: runId, AURORA_TASK_ID: taskId, AURORA_EPOCH: String(epoch) };
}

/**
 * Stops what has the attempt's variables in its environment and was started after the process
 * `leader`, the attempt's own program: what has left that one's process group and session. Linux only.
 *
 * @param gracePeriod milliseconds between SIGTERM and SIGKILL
 * @returns how many processes were stopped
 */
export async function stopStrays(
  attempt: AttemptKey,
  leader: number,
  gracePeriod: number,
): Promise<number> {
  const marks = marksOf(attempt);
  const candidates = async () => {
    // To look into all of a machine's processes takes longer than many a program. Their numbers only
    // grow, until they begin anew.
    const newest = await newestProcess();
    if (newest === leader) return [];
    const hasWrapped = newest < leader;
    const pids = await listProcesses();
    return hasWrapped ? pids : pids.filter((pid) => Number(pid) > leader);
  };
  return stopAll(gracePeriod, async () => {
    const found = await Promise.all(
      (await candidates()).map(async (pid) => ((await isMarked(pid, marks)) ? Number(pid) : null)),
    );
    return found.filter((pid) => pid !== null);
  });
}

/**
 * Stops what a worker that was killed has left running of an attempt: all that has the attempt's
 * variables in its environment; and in the attempt's folder process groups of their own session and
 * without a terminal, as agents are started (a person's shell in the folder is left alone). Linux
 * only; elsewhere nothing is found.
 *
 * @returns how many processes and groups were stopped
 */
export async function stopProcessesOf(attempt: AttemptKey, directory: string): Promise<number> {
  const marks = marksOf(attempt);
  return stopAll(janitorGracePeriod, async () => {
    const ownGroup = (await groupOf('self')).group;
    const targets = await Promise.all(
      (await listProcesses()).map(async (pid) => {
        if (await isMarked(pid, marks)) return Number(pid);
        // Other users' processes and those that have ended (zombies too) have no readable folder.
        const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
        if (folder !== directory && !folder.startsWith(directory + sep)) return null;
        const { group, session, terminal } = await groupOf(pid);
        // Where this process leads a session itself, as in a container, its children are in its group.
        return group === session && terminal === 0 && group !== ownGroup ? -group : null;
      }),
    );
    return targets.filter((target) => target !== null);
  });
}

/** @param look finds what `kill` is to be given: processes, and as negative numbers groups */
async function stopAll(
  gracePeriod: number,
  look: () => Promise<readonly number[]>,
): Promise<number> {
  const found = new Set(await look());
  if (found.size === 0) return 0;
  for (const target of found) signal(target, 'SIGTERM');
  const deadline = Date.now() + gracePeriod;
  let left = await look();
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(20);
    left = await look();
  }
  for (const target of left) signal(target, 'SIGKILL');
  while (left.length > 0 && Date.now() < deadline + lastWait) {
    await sleep(20);
    left = await look();
  }
  return found.size;
}

const marksOf = (attempt: AttemptKey) =>
  Object.entries(attemptVariables(attempt)).map((entry) => entry.join('='));

async function listProcesses(): Promise<string[]> {
  return (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
}

/** The number of the process that was started last on this machine; 0 when it is not known. */
export async function newestProcess(): Promise<number> {
  const load = await readFile('/proc/loadavg', 'utf8').catch(() => '');
  return Number(load.trim().split(' ').at(-1));
}

async function isMarked(pid: string, marks: readonly string[]): Promise<boolean> {
  if (Number(pid) === process.pid) return false;
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  if (environment === '') return false; // Another user's, or one that has ended.
  const variables = new Set(environment.split('\0'));
  return marks.every((mark) => variables.has(mark));
}

async function groupOf(pid: string): Promise<{ group: number; session: number; terminal: number }> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name in parentheses: state, parent, group, session, terminal (proc(5)).
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [group = NaN, session = NaN, terminal = NaN] = fields.slice(2, 5).map(Number);
  return { group, session, terminal };
}

function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
