import { sql } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';

/**
 * Pauses and resumptions of a run take turns with those who park its tasks: a task that is parked
 * for the resumption of a run that has just been resumed would wait for ever.
 */
export async function takePauseTurn(tx: DbOrTx, runId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`pause:${runId}`}, 0))`);
}
