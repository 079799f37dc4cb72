import { primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { deliveryKinds } from '../../domain/delivery.ts';
import { auroraSchema } from './aurora-schema.ts';
import { runs } from './runs.ts';

/** Where a run's work has been handed over to; again to the same place is the same delivery. */
export const deliveries = auroraSchema.table(
  'deliveries',
  {
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    kind: text({ enum: deliveryKinds }).notNull(),
    /** The branch, the file, or the branch that a pull request is to be merged into. */
    target: text().notNull(),
    /** The head of the integration branch that it held the last time. */
    commit: text().notNull(),
    /** Where a person finds it; null for what has no address. */
    url: text(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.kind, table.target] })],
);
