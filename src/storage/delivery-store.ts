import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { deliveries } from './schema/index.ts';

export type Delivery = typeof deliveries.$inferSelect;
export type DeliveryPlace = Pick<Delivery, 'runId' | 'kind' | 'target'>;

/** A delivery of a certain time: of another epoch it is somebody else's. */
export type DeliveryTurn = DeliveryPlace & Pick<Delivery, 'epoch'>;

export const isPlace = ({ runId, kind, target }: DeliveryPlace) =>
  and(eq(deliveries.runId, runId), eq(deliveries.kind, kind), eq(deliveries.target, target));

/** Has Maestro deliver a run's work there each time that the run ends as done. */
export async function wantDelivery(tx: DbOrTx, place: DeliveryPlace): Promise<void> {
  await tx.insert(deliveries).values({ ...place, followed: true });
}

/** A run has ended as done: what is followed is to be delivered. */
export async function makeDeliveriesDue(tx: DbOrTx, runId: string): Promise<void> {
  await tx
    .update(deliveries)
    .set({ dueAt: sql`now()`, tries: 0, problem: null, epoch: sql`${deliveries.epoch} + 1` })
    .where(and(eq(deliveries.runId, runId), eq(deliveries.followed, true)));
}

/** Begins a delivery by hand: what is recorded of it counts unless the run ends anew meanwhile. */
export async function beginDelivery(db: DbOrTx, place: DeliveryPlace): Promise<DeliveryTurn> {
  const [row] = await db.select({ epoch: deliveries.epoch }).from(deliveries).where(isPlace(place));
  return { ...place, epoch: row?.epoch ?? 0 };
}

/**
 * Notes that a run's work is there now; a delivery to the same place before gives way. Pull requests
 * are followed from then on: people look at them.
 *
 * @returns the delivery as it stands, which is another one if this was overtaken
 */
export async function recordDelivery(
  db: DbOrTx,
  { epoch, ...place }: DeliveryTurn,
  { commit, url }: { readonly commit: string; readonly url: string | null },
): Promise<Delivery> {
  return db.transaction(async (tx) => {
    const { kind, target, runId } = place;
    const followed = kind === 'pr';
    const look = { lookAt: followed ? sql`now() + interval '1 minute'` : null, lookProblem: null };
    const [row] = await tx
      .insert(deliveries)
      .values({ ...place, commit, url, followed, ...look })
      .onConflictDoUpdate({
        target: [deliveries.runId, deliveries.kind, deliveries.target],
        set: {
          ...{
            commit,
            url,
            epoch: epoch + 1,
            dueAt: null,
            tries: 0,
            problem: null,
            at: sql`now()`,
            ...look,
          },
          followed: sql`${deliveries.followed} OR ${followed}`,
        },
        setWhere: eq(deliveries.epoch, epoch),
      })
      .returning();
    if (row === undefined) {
      const [other] = await tx.select().from(deliveries).where(isPlace(place));
      return other as Delivery;
    }
    await appendMessages(tx, [
      {
        ...{ type: 'RUN_DELIVERED', runId, sender: 'maestro', recipient: 'all' },
        payload: { kind, target, commit, ...(url === null ? {} : { url }) },
      },
    ]);
    return row;
  });
}

/** Where a run's work has been handed over to, or is to be, oldest first. */
export async function listDeliveries(db: DbOrTx, runId: string): Promise<Delivery[]> {
  return db
    .select()
    .from(deliveries)
    .where(eq(deliveries.runId, runId))
    .orderBy(asc(deliveries.at));
}

/** Whether Maestro has deliveries of the run to make. */
export async function hasDueDelivery(db: DbOrTx, runId: string): Promise<boolean> {
  const rows = await db
    .select({ epoch: deliveries.epoch })
    .from(deliveries)
    .where(and(eq(deliveries.runId, runId), isNotNull(deliveries.dueAt)))
    .limit(1);
  return rows.length > 0;
}
