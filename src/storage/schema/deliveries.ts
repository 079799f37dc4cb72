import { sql } from 'drizzle-orm';
import { boolean, index, integer, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { deliveryKinds } from '../../domain/delivery.ts';
import { auroraSchema } from './aurora-schema.ts';
import { runs } from './runs.ts';

/** Where a run's work has been, or is to be, handed over to; again to the same place is the same delivery. */
export const deliveries = auroraSchema.table(
  'deliveries',
  {
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    kind: text({ enum: deliveryKinds }).notNull(),
    /** The branch, the file, or the branch that a pull request is to be merged into. */
    target: text().notNull(),
    /** The head of the integration branch that it held the last time; null before the first. */
    commit: text(),
    /** Where a person finds it; null for what has no address. */
    url: text(),
    /** Whether Maestro delivers there each time that the run ends as done. */
    followed: boolean().notNull().default(false),
    /** When Maestro delivers next: the run has ended, and it is not there yet. */
    dueAt: timestamp({ withTimezone: true }),
    /** How often Maestro has tried since the run ended. */
    tries: integer().notNull().default(0),
    /** Grows with each end of the run, each try and each delivery: who was overtaken writes nothing. */
    epoch: integer().notNull().default(0),
    /** What the last try of Maestro failed with. */
    problem: text(),
    /** When Maestro looks next for what reviewers and checks say of it; null: not by itself. */
    lookAt: timestamp({ withTimezone: true }),
    /** Why it does not look any more. */
    lookProblem: text(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.kind, table.target] }),
    index('deliveries_due')
      .on(table.dueAt)
      .where(sql`due_at is not null`),
    index('deliveries_look')
      .on(table.lookAt)
      .where(sql`look_at is not null`),
  ],
);
