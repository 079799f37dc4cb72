import { sql } from 'drizzle-orm';
import {
  foreignKey,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';
import type { AgentScore } from '../../domain/agent-score.ts';
import { reassignmentCauses } from '../../domain/reassignment.ts';
import { auroraSchema } from './aurora-schema.ts';
import { tasks } from './tasks.ts';

/**
 * Each time a task went to another agent, or anew to its own. Written with the change of the task; the
 * queue follows, and `replacedAt` says that it has: until then the reconciler looks after it.
 */
export const reassignments = auroraSchema.table(
  'reassignments',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    /** The assignment that it made, from 2. */
    assignment: integer().notNull(),
    fromAgent: text().notNull(),
    toAgent: text().notNull(),
    cause: text({ enum: reassignmentCauses }).notNull(),
    /** One sentence for people. */
    reason: text().notNull(),
    /** What the former agent wants the next one to know. */
    notes: text(),
    /** The score that the agent had then, with its parts, also when somebody named it. */
    score: jsonb().$type<AgentScore>(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    replacedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.assignment] }),
    foreignKey({
      columns: [table.runId, table.taskId],
      foreignColumns: [tasks.runId, tasks.id],
    }).onDelete('cascade'),
    index('reassignments_pending')
      .on(table.runId)
      .where(sql`replaced_at is null`),
  ],
);
