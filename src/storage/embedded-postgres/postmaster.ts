import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, processMark } from '../local-server/process-mark.ts';
import { readIfThere } from '../local-server/read-if-there.ts';

/** What a cluster's postmaster.pid says. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `ready`, `stopping`, or empty at the very beginning. */
  readonly status: string;
}

/**
 * Reads postmaster.pid (its lines are listed in Postgres's src/include/utils/pidfile.h), whether or
 * not the process still lives.
 */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readIfThere(pidFile(data));
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

/** The living server of a cluster, told from a stale file and from a stranger with the same pid. */
export async function livePostmaster(data: string): Promise<Postmaster | undefined> {
  const postmaster = await readPostmaster(data);
  return postmaster && (await isServerOf(postmaster.pid, data)) ? postmaster : undefined;
}

/**
 * Lets a server start although postmaster.pid names a living process that is not one: Postgres looks
 * at the pid alone and would refuse. The file itself must stay, since through its shared-memory key
 * Postgres sees backends that outlived their postmaster; only the pid is replaced by ours, which it
 * knows as its parent's.
 */
export async function disownStalePid(data: string): Promise<void> {
  const text = await readIfThere(pidFile(data));
  if (text !== undefined) await writeFile(pidFile(data), text.replace(/^.*/, String(process.pid)));
}

/**
 * Stops the server of a cluster and waits for its end: fast (clients are cut off, everything is
 * written), and harder ways only when that takes unreasonably long.
 */
export async function stopPostmaster(data: string): Promise<void> {
  const postmaster = await livePostmaster(data);
  if (!postmaster) return;
  const { pid } = postmaster;
  if (await signalAndWait(pid, data, 'SIGINT', 30_000)) return;
  if (await signalAndWait(pid, data, 'SIGQUIT', 5_000)) return;
  await killPostmaster(pid, data);
}

/** Ends a server that does not react to anything else. Its next start recovers from the log. */
export async function killPostmaster(pid: number, data: string): Promise<void> {
  await signalAndWait(pid, data, 'SIGKILL', 10_000);
}

async function signalAndWait(
  pid: number,
  data: string,
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  const mark = await processMark(pid);
  if (mark === undefined || !(await isServerOf(pid, data))) return true;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  // By its mark: a process that is ending has lost its command line before it is gone.
  while ((await processMark(pid)) === mark) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  return (await commandLine(pid))?.includes(` -D ${data} `) ?? false;
}

function pidFile(data: string): string {
  return join(data, 'postmaster.pid');
}
