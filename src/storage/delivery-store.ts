import { asc, eq, sql } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import { deliveries } from './schema/index.ts';

export type Delivery = typeof deliveries.$inferSelect;

/** Notes that a run's work is there now; a delivery to the same place before gives way. */
export async function recordDelivery(
  db: DbOrTx,
  delivery: Omit<Delivery, 'at'>,
): Promise<Delivery> {
  const { commit, url } = delivery;
  const [row] = await db
    .insert(deliveries)
    .values(delivery)
    .onConflictDoUpdate({
      target: [deliveries.runId, deliveries.kind, deliveries.target],
      set: { commit, url, at: sql`now()` },
    })
    .returning();
  return row as Delivery;
}

/** Where a run's work has been handed over to, oldest first. */
export async function listDeliveries(db: DbOrTx, runId: string): Promise<Delivery[]> {
  return db
    .select()
    .from(deliveries)
    .where(eq(deliveries.runId, runId))
    .orderBy(asc(deliveries.at));
}
