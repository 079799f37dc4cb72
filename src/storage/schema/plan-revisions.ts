import { boolean, index, integer, jsonb, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import { revisionCauses, type PlanChange } from '../../domain/plan-change.ts';
import { auroraSchema } from './aurora-schema.ts';
import { runs } from './runs.ts';

/** What somebody wants changed of a run's plan, and what came of it. */
export const planRevisions = auroraSchema.table(
  'plan_revisions',
  {
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** 2 for the first change; the plan that the run began with is 1. */
    revision: integer().notNull(),
    cause: text({ enum: revisionCauses }).notNull(),
    /** In the words of who asked for it. */
    request: text().notNull(),
    by: text(),
    /** The run was held for this alone and goes on by itself afterwards. */
    resumes: boolean().notNull().default(false),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    /** When it was settled, one way or the other; null while it waits. */
    settledAt: timestamp({ withTimezone: true }),
    change: jsonb().$type<PlanChange>(),
    questions: jsonb().$type<readonly string[]>().notNull().default([]),
    /** Why it could not be planned; the plan stayed as it was. */
    refusal: text(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.revision] }),
    index('plan_revisions_pending')
      .on(table.runId)
      .where(sql`settled_at is null`),
  ],
);
