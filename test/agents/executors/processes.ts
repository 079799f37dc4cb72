import { execFileSync } from 'node:child_process';

/** Whether a process of this number runs; a dead one that nobody has collected does not count. */
export function isRunning(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return state.trim() !== '' && !state.trim().startsWith('Z');
  } catch {
    return false; // ps finds none.
  }
}
