import { readdir, readFile } from 'node:fs/promises';

/** What Linux tells of a process (proc(5)). */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** It has ended, and nobody has collected it yet. */
  readonly isDead: boolean;
}

/** All of this machine; none where there is no /proc. */
async function listProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // It may have ended since the listing.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      if (stat === undefined) return undefined;
      // After the name in parentheses.
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        isDead: state === 'Z' || state === 'X',
      };
    }),
  );
  return found.filter((each) => each !== undefined);
}

/**
 * Whether a process group has a member that still runs. Dead members count for `kill` until somebody
 * collects them, which in a container without an init process nobody does; Linux tells them apart.
 */
export async function hasLivingMember(group: number): Promise<boolean> {
  const processes = await listProcesses();
  if (processes.length === 0) return true; // No /proc here: take the word of `kill`.
  return processes.some((each) => each.group === group && !each.isDead);
}

/**
 * Looks at the memory of all processes.
 *
 * @returns tells the bytes that a group uses together with all that its members have started. What
 *   several processes share counts once, which takes a while to find out, or, where it is no more than
 *   `enough` even so, for each of them
 */
export async function lookAtMemory(): Promise<(group: number, enough: number) => Promise<number>> {
  const processes = await listProcesses();
  return async (group, enough) => {
    const members = new Set<Process>();
    const pids = new Set<number>();
    // Numbers begin anew some day, so that a child can come before its parent.
    for (let before = -1; before < members.size;) {
      before = members.size;
      for (const each of processes) {
        if (each.group !== group && !pids.has(each.parent)) continue;
        members.add(each);
        pids.add(each.pid);
      }
    }
    const used = await Promise.all([...members].map(residentOf));
    const atMost = sum(used.map(({ resident }) => resident));
    return atMost <= enough ? atMost : sum(await Promise.all(used.map(ownShare)));
  };
}

interface Resident {
  readonly pid: number;
  /** Bytes that it has in memory, what it shares with others included; none when it has ended. */
  readonly resident: number;
}

async function residentOf({ pid }: Process): Promise<Resident> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
  return { pid, resident: Number(kilobytes ?? 0) * 1_024 };
}

/** What n processes share counts for an nth of it; for all of it where the system does not tell. */
async function ownShare({ pid, resident }: Resident): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const [, kilobytes] = /^Pss:\s+(\d+)/m.exec(rollup) ?? [];
  return kilobytes === undefined ? resident : Number(kilobytes) * 1_024;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
