import type { Services } from '../runtime/services.ts';
import { findRunningUp } from '../runtime/up-lock.ts';
import { listLiveWorkers } from '../storage/worker-store.ts';

/** Whether somebody will carry out what is submitted. */
export async function isFleetAlive({ env, database }: Services): Promise<boolean> {
  if ((await findRunningUp(env.dataDir)) !== undefined) return true;
  return env.databaseUrl !== undefined && (await listLiveWorkers(database.db)).length > 0;
}
