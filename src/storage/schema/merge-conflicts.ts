import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  primaryKey,
  real,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';
import { attempts } from './attempts.ts';

/** A conflict that an attempt's merge met, and how it ended. */
export const mergeConflicts = auroraSchema.table(
  'merge_conflicts',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    epoch: integer().notNull(),
    path: text().notNull(),
    /** First line of the place in the merged file, from 1. */
    line: integer().notNull(),
    /** What the conflict is, wherever it is met again. */
    key: text().notNull(),
    /** Who had the best idea; null when nobody had one. */
    resolver: text(),
    confidence: real().notNull(),
    /** Whether the merge was made with it. */
    resolved: boolean().notNull(),
    lines: jsonb().$type<readonly string[]>().notNull(),
    doubt: text(),
    /** Whether the task's check passed on the merge; null when none could tell. */
    verified: boolean(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.epoch, table.path, table.line] }),
    foreignKey({
      columns: [table.runId, table.taskId, table.epoch],
      foreignColumns: [attempts.runId, attempts.taskId, attempts.epoch],
    }).onDelete('cascade'),
    index('merge_conflicts_key').on(table.key),
  ],
);
