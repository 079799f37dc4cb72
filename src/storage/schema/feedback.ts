import { foreignKey, integer, primaryKey, text } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';
import { planRevisions } from './plan-revisions.ts';
import { runs } from './runs.ts';

/** Which review comments and failed checks have become tasks: each does once. */
export const feedback = auroraSchema.table(
  'feedback',
  {
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** Its id at the forge: `github:comment:1`. */
    id: text().notNull(),
    /** Of a check: what it is called, in every commit alike. */
    check: text(),
    /** The task that answers it, and the change of the plan that brings the task. */
    taskId: text().notNull(),
    revision: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.id] }),
    foreignKey({
      columns: [table.runId, table.revision],
      foreignColumns: [planRevisions.runId, planRevisions.revision],
    }).onDelete('cascade'),
  ],
);
