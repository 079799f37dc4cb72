import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';
import { checkStages } from '../../domain/check.ts';
import { attempts } from './attempts.ts';
import { auroraSchema } from './aurora-schema.ts';

/** A task's `verify`, run on a commit: the last link from a requirement to what shows that it is met. */
export const checks = auroraSchema.table(
  'checks',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    epoch: integer().notNull(),
    stage: text({ enum: checkStages }).notNull(),
    command: jsonb().$type<readonly string[]>().notNull(),
    /** What it was run on; null when the attempt changed nothing. */
    commit: text(),
    passed: boolean().notNull(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.epoch, table.stage] }),
    foreignKey({
      columns: [table.runId, table.taskId, table.epoch],
      foreignColumns: [attempts.runId, attempts.taskId, attempts.epoch],
    }).onDelete('cascade'),
    index('checks_commit').on(table.runId, table.commit),
  ],
);
