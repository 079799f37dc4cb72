import { grantRoom } from '../storage/room-store.ts';
import type { Db } from '../storage/database.ts';
import type { FleetQueues } from './fleet-queues.ts';
import { letGo } from './parking.ts';

/**
 * Lets tasks go on that waited for room, now that some of their project's is free. Called by whoever
 * ends an attempt, and by the reconciler, should that one have died.
 */
export async function handOutRoom(db: Db, queues: FleetQueues, runId: string): Promise<void> {
  await letGo(queues, await grantRoom(db, runId));
}
