import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { readIfThere } from './read-if-there.ts';

const run = promisify(execFile);

/**
 * Names one life of one process: its pid and a digest of when it started, so that a pid which the
 * system gave to somebody else since is not taken for its former owner.
 *
 * @returns `<pid>-<digest>`, or undefined when no such process lives (a zombie does not).
 */
export async function processMark(pid: number): Promise<string | undefined> {
  const started = await startOf(pid);
  if (started === undefined) return undefined;
  return `${pid}-${createHash('sha256').update(started).digest('hex').slice(0, 12)}`;
}

/** Whether the process a mark was taken of still lives. */
export async function isAlive(mark: string): Promise<boolean> {
  const pid = pidOfMark(mark);
  return pid !== undefined && (await processMark(pid)) === mark.split('-', 2).join('-');
}

/** The pid in a mark, or in a file name that begins with one. */
export function pidOfMark(mark: string): number | undefined {
  const pid = Number(mark.split('-', 1)[0]);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** The command line of a living process, arguments separated by blanks. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readIfThere(`/proc/${pid}/cmdline`);
    return text?.replaceAll('\0', ' ');
  }
  return ps(pid, 'command=');
}

async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const line = await ps(pid, 'stat=,lstart=');
    return line === undefined || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  }
  const stat = await readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold blanks itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // The start is counted in ticks since boot: without the boot it would repeat itself.
  return `${await bootId()} ${fields[19]}`;
}

async function bootId(): Promise<string> {
  return (await readIfThere('/proc/sys/kernel/random/boot_id')) ?? '';
}

async function ps(pid: number, columns: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-ww', '-o', columns, '-p', String(pid)], {
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    });
    return stdout.trim() || undefined;
  } catch (error) {
    // ps exits 1 for a pid that does not exist.
    if ((error as { code?: unknown }).code === 1) return undefined;
    throw error;
  }
}
