import { readdir, readFile } from 'node:fs/promises';

/**
 * Whether a process group has a member that still runs. Dead members count for `kill` until somebody
 * collects them, which in a container without an init process nobody does; Linux tells them apart.
 */
export async function hasLivingMember(group: number): Promise<boolean> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return true; // No /proc here: take the word of `kill`.
  const members = await Promise.all(
    pids.map(async (pid) => {
      // It may have ended since the listing.
      const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // After the name in parentheses: state, parent, group (proc(5)).
      const [state, , owner] = status.slice(status.lastIndexOf(')') + 2).split(' ');
      return Number(owner) === group && state !== 'Z' && state !== 'X';
    }),
  );
  return members.includes(true);
}
