import { sql } from 'drizzle-orm';
import {
  doublePrecision,
  index,
  integer,
  jsonb,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Budget } from '../../domain/budget.ts';
import type { ModelUsage } from '../../domain/model-usage.ts';
import type { PlannedBy } from '../../domain/planned-by.ts';
import type { RequestSource } from '../../domain/run.ts';
import { defaultRunPriority } from '../../domain/run-limits.ts';
import { approvalStates, runStates } from '../../domain/run.ts';
import { auroraSchema } from './aurora-schema.ts';
import { projects } from './projects.ts';

/** One submitted request. */
export const runs = auroraSchema.table(
  'runs',
  {
    id: text().primaryKey(),
    projectId: text()
      .notNull()
      .references(() => projects.id),
    title: text().notNull(),
    state: text({ enum: runStates }).notNull().default('submitted'),
    /** What was asked: the requirement text or the plan, as it came. */
    source: jsonb().$type<RequestSource>().notNull(),
    repository: text(),
    baseBranch: text(),
    baseCommit: text(),
    /** What planning could not decide. */
    questions: jsonb().$type<readonly string[]>().notNull().default([]),
    /** Who planned it, once it is planned; null for a plan file. */
    plannedBy: jsonb().$type<PlannedBy>(),
    /** What all plannings of it have used of a model, those that a crash cut off included. */
    planningUsage: jsonb().$type<ModelUsage>(),
    idempotencyKey: text(),
    /** Grows each time the flow is rebuilt from the record; part of every job id. */
    generation: integer().notNull().default(0),
    /** The generation whose flow is in the queue as a whole; another one is still being added. */
    flowGeneration: integer(),
    /** The shard of the queue that its jobs are in; fixed at submission. */
    shard: integer().notNull().default(0),
    /** Set when somebody asked to abort; processors honour it at claim time. */
    abortRequestedAt: timestamp({ withTimezone: true }),
    /** Set while it is paused: what runs goes on, nothing new starts. */
    pausedAt: timestamp({ withTimezone: true }),
    /** How many of its tasks may run at once; null: as many as there are slots. */
    maxParallel: integer(),
    /** 1 is first, 10 is last: before the priorities of its tasks. */
    priority: integer().notNull().default(defaultRunPriority),
    /** The priority that its jobs in the queue were given; they follow the record's afterwards. */
    queuedPriority: integer(),
    /** What its attempts may use in all; null: as much as they like. */
    budget: jsonb().$type<Budget>(),
    /** When somebody was warned that most of the budget is used up. */
    budgetWarnedAt: timestamp({ withTimezone: true }),
    /** When it has failed unless it is done. */
    deadlineAt: timestamp({ withTimezone: true }),
    /** The largest share of done work that anybody has been shown, 0 to 1. */
    progress: doublePrecision().notNull().default(0),
    /** Whether somebody has to approve its plan before it starts; null when nobody has to. */
    approval: text({ enum: approvalStates }),
    approvedBy: text(),
    error: text(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
    /** When its jobs were removed from the queue, some time after its end. */
    leftQueueAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    uniqueIndex('runs_idempotency').on(table.projectId, table.idempotencyKey),
    index('runs_created').on(table.createdAt.desc()),
    index('runs_leaving')
      .on(table.finishedAt)
      .where(sql`finished_at is not null and left_queue_at is null`),
    index('runs_finished').on(table.finishedAt),
    // The reconciler asks for these at start and on its timer; finished runs are the many.
    index('runs_open')
      .on(table.state)
      .where(sql`state in ('submitted', 'planned', 'running', 'blocked')`),
  ],
);
