import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../domain/errors.ts';

/** Milliseconds. Younger locks are taken to belong to a process that works. */
const minAge = 3_000;
/** Milliseconds. No git operation of ours holds a lock this long. */
const maxAge = 10 * 60_000;
/** Milliseconds that a command waits for the locks of others. */
const patience = 30_000;

const heldLock = /Unable to create '([^'\n]+\.lock)': File exists/;
const heldConfig = /could not lock config file ([^\n]+): File exists/;
/** Half-made by a `git worktree add`, which for a moment breaks every look at the worktrees. */
const halfMade = /failed to read ([^\n]+\/worktrees\/[^/\n]+)\/commondir/;
const lostRace =
  /cannot lock ref '[^'\n]+': (?:is at [0-9a-f]+ but expected|reference already exists)/;

/**
 * Runs a git command that can be repeated, again while another process stands in the way, for at
 * most 30 s. What a dead one left there (git killed in the middle) is removed where `owns` allows.
 */
export async function withLockRetry<T>(
  owns: (path: string) => boolean,
  command: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await command();
    } catch (error) {
      const obstacle = findObstacle(errorMessage(error));
      if (obstacle === undefined || Date.now() > deadline) throw error;
      const { made, path } = obstacle;
      if (path !== undefined && owns(path) && (await removeAbandoned(made, path))) continue;
      await sleep(50 + Math.random() * 200);
    }
  }
}

/** What stands in the way of a command; without a path when waiting is all that helps. */
function findObstacle(words: string): { made: string; path?: string } | undefined {
  const lock = heldLock.exec(words)?.[1];
  if (lock !== undefined) return { made: lock, path: lock };
  const config = heldConfig.exec(words)?.[1];
  if (config !== undefined) return { made: `${config}.lock`, path: `${config}.lock` };
  const record = halfMade.exec(words)?.[1];
  if (record !== undefined) return { made: `${record}/commondir`, path: record };
  return lostRace.test(words) ? { made: '' } : undefined;
}

/**
 * Removes what a killed git has left, when no living process can own it: every git process of this
 * machine started after it was made (Linux), or it is older than any operation takes. Says whether
 * it is gone.
 *
 * @param made the file whose time counts
 * @param path what to remove, `made` itself or a folder around it
 * @param pids of the processes that may own it; all of this machine's when not given
 */
export async function removeAbandoned(
  made: string,
  path = made,
  pids?: readonly number[],
): Promise<boolean> {
  const since = await stat(made).then(
    (found) => found.mtimeMs,
    () => undefined,
  );
  if (since === undefined) return true;
  const age = Date.now() - since;
  if (age < minAge) return false;
  if (age < maxAge && (await oldestGitStart(pids)) <= since + 2_000) return false;
  await rm(path, { recursive: true, force: true });
  return true;
}

/**
 * When the oldest living git process started, in milliseconds since 1970; Infinity when there is
 * none, -Infinity where it cannot be known. To the second, see proc(5) `starttime`.
 */
async function oldestGitStart(among?: readonly number[]): Promise<number> {
  const machine = await readFile('/proc/stat', 'utf8').catch(() => undefined);
  const boot = /^btime (\d+)$/m.exec(machine ?? '')?.[1];
  if (boot === undefined) return -Infinity;
  const pids = among ?? (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const starts = await Promise.all(pids.map((pid) => gitStart(pid, Number(boot))));
  return Math.min(Infinity, ...starts);
}

async function gitStart(pid: string | number, boot: number): Promise<number> {
  // The process may end between the listing and the look.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const end = status.lastIndexOf(')');
  const fields = status.slice(end + 2).split(' ');
  const zombie = fields[0] === 'Z';
  if (zombie || !status.slice(status.indexOf('(') + 1, end).startsWith('git')) return Infinity;
  // Servers of repositories, cached credentials and the like run for days, and lock nothing themselves.
  const [program, command] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split(
    '\0',
  );
  if ([program, command].some((word) => word?.endsWith('daemon'))) return Infinity;
  const ticks = Number(fields[19]);
  return (boot + ticks / 100) * 1_000;
}
