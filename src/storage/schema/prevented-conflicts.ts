import { foreignKey, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { preventions } from '../../domain/prevention.ts';
import { auroraSchema } from './aurora-schema.ts';
import { tasks } from './tasks.ts';

/** A file that two tasks changed one after the other because Aurora, or the plan, had one wait. */
export const preventedConflicts = auroraSchema.table(
  'prevented_conflicts',
  {
    runId: text().notNull(),
    /** The one that began after the other was merged. */
    taskId: text().notNull(),
    otherId: text().notNull(),
    path: text().notNull(),
    by: text({ enum: preventions }).notNull(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.otherId, table.path] }),
    foreignKey({
      columns: [table.runId, table.taskId],
      foreignColumns: [tasks.runId, tasks.id],
    }).onDelete('cascade'),
  ],
);
