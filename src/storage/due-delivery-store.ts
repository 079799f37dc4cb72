import { and, asc, eq, getTableColumns, isNotNull, lte, sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Db, DbOrTx } from './database.ts';
import { isPlace, type Delivery } from './delivery-store.ts';
import { fromNow } from './memory-row.ts';
import { appendMessages } from './message-store.ts';
import { deliveries, runs } from './schema/index.ts';

/** Of a run that goes on again nothing is delivered; its next end makes it due anew. */
const runIsDone = sql`EXISTS (SELECT FROM ${runs}
  WHERE ${runs.id} = ${deliveries.runId} AND ${runs.state} = 'done')`;

/** A cancelled run gets no further tasks. */
const runCanChange = sql`EXISTS (SELECT FROM ${runs}
  WHERE ${runs.id} = ${deliveries.runId} AND ${runs.state} <> 'cancelled')`;

/**
 * Takes deliveries that are due, for `lease` milliseconds: of several Maestros one makes each. Who dies
 * with one is followed by somebody else when the lease is over.
 */
export async function takeDueDeliveries(db: DbOrTx, lease: number): Promise<Delivery[]> {
  const due = db.$with('due').as(
    db
      .select({ run: deliveries.runId, way: deliveries.kind, place: deliveries.target })
      .from(deliveries)
      .where(and(lte(deliveries.dueAt, sql`now()`), runIsDone))
      .orderBy(asc(deliveries.dueAt))
      .limit(10)
      .for('update', { skipLocked: true }),
  );
  const { runId, kind, target } = deliveries;
  return db
    .with(due)
    .update(deliveries)
    .set({
      tries: sql`${deliveries.tries} + 1`,
      epoch: sql`${deliveries.epoch} + 1`,
      dueAt: fromNow(lease),
    })
    .from(due)
    .where(and(eq(runId, due.run), eq(kind, due.way), eq(target, due.place)))
    .returning(getTableColumns(deliveries));
}

/**
 * Notes why a delivery that was taken failed; it is tried again.
 *
 * @param delay milliseconds
 */
export async function postponeDelivery(
  db: DbOrTx,
  taken: Delivery,
  problem: string | null,
  delay: number,
): Promise<void> {
  const dueAt = fromNow(delay);
  await db.update(deliveries).set({ problem, dueAt }).where(isStill(taken));
}

/** Notes why a delivery that was taken is not tried any more, and tells everybody. */
export async function giveUpDelivery(db: Db, taken: Delivery, problem: string): Promise<void> {
  const { runId, kind, target } = taken;
  await db.transaction(async (tx) => {
    const given = await tx
      .update(deliveries)
      .set({ problem, dueAt: null })
      .where(isStill(taken))
      .returning({ epoch: deliveries.epoch });
    if (given.length === 0) return;
    await appendMessages(tx, [
      {
        ...{ type: 'RUN_DELIVERY_FAILED', runId, sender: 'maestro', recipient: 'human' },
        payload: { kind, target, reason: problem },
      },
    ]);
  });
}

/** Whether it was neither made, nor taken by another, nor made void since it was taken. */
const isStill = (taken: Delivery) =>
  and(isPlace(taken), eq(deliveries.epoch, taken.epoch), isNotNull(deliveries.dueAt), runIsDone);

/**
 * Takes pull requests that are to be looked at, for the time until the next look: a minute while they are
 * fresh, a sixtieth of their age later, at most a quarter of an hour. Of several Maestros one has each.
 */
export async function takeDueLooks(db: DbOrTx, limit: number): Promise<Delivery[]> {
  const due = db.$with('due').as(
    db
      .select({ run: deliveries.runId, way: deliveries.kind, place: deliveries.target })
      .from(deliveries)
      .where(and(lte(deliveries.lookAt, sql`now()`), runCanChange))
      .orderBy(asc(deliveries.lookAt))
      .limit(limit)
      .for('update', { skipLocked: true }),
  );
  const { runId, kind, target } = deliveries;
  const pause = sql`least(greatest((now() - ${deliveries.at}) / 60, interval '1 min'), interval '15 min')`;
  return db
    .with(due)
    .update(deliveries)
    .set({ lookAt: sql`now() + ${pause}` })
    .from(due)
    .where(and(eq(runId, due.run), eq(kind, due.way), eq(target, due.place)))
    .returning(getTableColumns(deliveries));
}

/** Looks at a pull request that was taken so much later, in milliseconds. */
export async function postponeLook(db: DbOrTx, taken: Delivery, delay: number): Promise<void> {
  const lookAt = sql`greatest(${deliveries.lookAt}, ${fromNow(delay)})`;
  await db
    .update(deliveries)
    .set({ lookAt })
    .where(and(isPlace(taken), isNotNull(deliveries.lookAt)));
}

/**
 * Looks at a pull request no more, until it is delivered again.
 *
 * @param problem why; null: it is merged or closed
 */
export async function endLooks(db: DbOrTx, taken: Delivery, problem: string | null): Promise<void> {
  await db
    .update(deliveries)
    .set({ lookAt: null, lookProblem: problem })
    // It may have been delivered again meanwhile.
    .where(and(isPlace(taken), eq(deliveries.epoch, taken.epoch)));
}

/** Milliseconds until the next delivery is due, by the clock of the database. */
export const untilDueDelivery = (db: DbOrTx) => untilDue(db, deliveries.dueAt, runIsDone);

/** Milliseconds until the next look is due, by the clock of the database. */
export const untilDueLook = (db: DbOrTx) => untilDue(db, deliveries.lookAt, runCanChange);

async function untilDue(db: DbOrTx, due: AnyPgColumn, fits: SQL): Promise<number | null> {
  const [row] = await db
    .select({
      left: sql<number | null>`ceil(extract(epoch FROM min(${due}) - now()) * 1000)::float8`,
    })
    .from(deliveries)
    .where(and(isNotNull(due), fits));
  return row?.left ?? null;
}
