import { and, eq, gt, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import type { Escalation } from './escalation-store.ts';
import { escalations } from './schema/index.ts';

const milliseconds = (count: number) => sql`${count} * interval '1 ms'`;

/** Open escalations that have waited for at least `deadline` milliseconds, oldest first. */
export async function listOverdue(db: DbOrTx, deadline: number): Promise<Escalation[]> {
  return db
    .select()
    .from(escalations)
    .where(
      and(
        eq(escalations.state, 'open'),
        lte(escalations.createdAt, sql`now() - ${milliseconds(deadline)}`),
      ),
    )
    .orderBy(escalations.createdAt)
    .limit(100);
}

/** Milliseconds until the next open escalation is overdue, by the clock of the database. */
export async function untilNextOverdue(db: DbOrTx, deadline: number): Promise<number | null> {
  const [row] = await db
    .select({
      left: sql<
        number | null
      >`ceil(extract(epoch FROM min(${escalations.createdAt}) + ${milliseconds(deadline)} - now()) * 1000)::float8`,
    })
    .from(escalations)
    .where(eq(escalations.state, 'open'));
  return row?.left ?? null;
}

/** How often a delivery is tried, and how long after the escalation was opened at most. */
const [maxTries, maxAge] = [60, 48 * 3_600_000];

const undelivered = () =>
  and(
    isNull(escalations.notifiedAt),
    lt(escalations.notifyTries, maxTries),
    gt(escalations.createdAt, sql`now() - ${milliseconds(maxAge)}`),
  );

/**
 * Takes deliveries that are due, for `lease` milliseconds: of several Maestros one tries each. Who
 * dies with one is followed by somebody else when the lease is over.
 */
export async function takeDeliveries(db: DbOrTx, lease: number): Promise<Escalation[]> {
  const due = db
    .select({ id: escalations.id })
    .from(escalations)
    .where(
      and(
        undelivered(),
        or(isNull(escalations.notifyAfter), lte(escalations.notifyAfter, sql`now()`)),
      ),
    )
    .orderBy(escalations.createdAt)
    .limit(10)
    .for('update', { skipLocked: true });
  return db
    .update(escalations)
    .set({
      notifyTries: sql`${escalations.notifyTries} + 1`,
      notifyAfter: sql`now() + ${milliseconds(lease)}`,
    })
    .where(inArray(escalations.id, due))
    .returning();
}

export async function markDelivered(db: DbOrTx, id: string): Promise<void> {
  await db
    .update(escalations)
    .set({ notifiedAt: sql`now()` })
    .where(eq(escalations.id, id));
}

/** Tries a delivery again after so many milliseconds. */
export async function postponeDelivery(db: DbOrTx, id: string, delay: number): Promise<void> {
  await db
    .update(escalations)
    .set({ notifyAfter: sql`now() + ${milliseconds(delay)}` })
    .where(eq(escalations.id, id));
}

/** Milliseconds until the next delivery is due, by the clock of the database. */
export async function untilNextDelivery(db: DbOrTx): Promise<number | null> {
  const [row] = await db
    .select({
      left: sql<
        number | null
      >`ceil(extract(epoch FROM min(coalesce(${escalations.notifyAfter}, now())) - now()) * 1000)::float8`,
    })
    .from(escalations)
    .where(undelivered());
  return row?.left ?? null;
}
