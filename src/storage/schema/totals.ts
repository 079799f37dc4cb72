import { bigint, primaryKey, text } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';

/** Counters that must survive restarts and add up over processes: the metrics are read from here. */
export const totals = auroraSchema.table(
  'totals',
  {
    name: text().notNull(),
    label: text().notNull().default(''),
    value: bigint({ mode: 'number' }).notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.name, table.label] })],
);
