import type { AttemptKey } from '../git/refs.ts';
import type { Db } from '../storage/database.ts';
import { isAlive } from '../storage/local-server/process-mark.ts';
import { findAttemptProcess } from '../storage/worker-store.ts';

/** Whether a process of this machine is still at an attempt, so that nobody else may clean up after it. */
export async function isAttemptInUse(db: Db, attempt: AttemptKey): Promise<boolean> {
  const found = await findAttemptProcess(db, attempt);
  // An attempt that this record does not know is somebody else's.
  if (found === undefined) return true;
  if (found.process === null || !(await isAlive(found.process))) return false;
  // A worker that lost its task may still be at it; every other end comes after the folder's.
  return found.state === 'running' || found.state === 'lost';
}
