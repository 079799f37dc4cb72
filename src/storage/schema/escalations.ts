import { sql } from 'drizzle-orm';
import { integer, jsonb, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { escalationKinds, type EscalationAction } from '../../domain/escalation.ts';
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
    kind: text({ enum: escalationKinds }).notNull().default('failure'),
    question: text().notNull(),
    /** What can be done, or the answers that the agent suggests. */
    options: jsonb().$type<readonly string[]>().notNull(),
    state: text({ enum: ['open', 'resolved'] })
      .notNull()
      .default('open'),
    answer: jsonb().$type<EscalationAction>(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    /** When the webhook has taken it; null while it is to be told (or there is no webhook). */
    notifiedAt: timestamp({ withTimezone: true }),
    notifyTries: integer().notNull().default(0),
    /** Not before this: somebody tries it at the moment, or has just failed to. */
    notifyAfter: timestamp({ withTimezone: true }),
    resolvedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    uniqueIndex('escalations_instance').on(table.runId, table.taskId, table.epoch),
    uniqueIndex('escalations_open')
      .on(table.runId, table.taskId)
      .where(sql`state = 'open'`),
  ],
);
