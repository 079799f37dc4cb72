import { sql } from 'drizzle-orm';
import type { Db } from './database.ts';
import { totals } from './schema/index.ts';

/** Adds to a lasting counter. */
export async function addToTotal(
  db: Db,
  name: string,
  label: string,
  amount: number,
): Promise<void> {
  await db
    .insert(totals)
    .values({ name, label, value: amount })
    .onConflictDoUpdate({
      target: [totals.name, totals.label],
      set: { value: sql`${totals.value} + excluded.value` },
    });
}

export async function listTotals(
  db: Db,
): Promise<readonly { name: string; label: string; value: number }[]> {
  return db.select().from(totals);
}
