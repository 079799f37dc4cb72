import { sql } from 'drizzle-orm';
import { integer, jsonb, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';
import { runs } from './runs.ts';

/** A question that waits for a human. At most one is open per task. */
export const escalations = auroraSchema.table(
  'escalations',
  {
    id: text().primaryKey(),
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    taskId: text().notNull(),
    /** The epoch whose failure opened it: the same failure opens one escalation only. */
    epoch: integer().notNull(),
    question: text().notNull(),
    options: jsonb().$type<readonly string[]>().notNull(),
    state: text({ enum: ['open', 'resolved'] })
      .notNull()
      .default('open'),
    answer: jsonb().$type<{ action: string; note?: string }>(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    resolvedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    uniqueIndex('escalations_instance').on(table.runId, table.taskId, table.epoch),
    uniqueIndex('escalations_open')
      .on(table.runId, table.taskId)
      .where(sql`state = 'open'`),
  ],
);
