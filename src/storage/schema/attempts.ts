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
import type { FailureDecision } from '../../domain/decide-failure.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import { attemptStates } from '../../domain/attempt.ts';
import type { ReflexionInput } from '../../domain/memory.ts';
import type { Split } from '../../domain/split.ts';
import { auroraSchema } from './aurora-schema.ts';
import { tasks } from './tasks.ts';

/** One try at a task; its epoch names it. */
export const attempts = auroraSchema.table(
  'attempts',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    epoch: integer().notNull(),
    /** 1 for the first attempt that counts; tries that crashed or were handed back do not count. */
    number: integer().notNull(),
    agent: text().notNull(),
    workerId: text().notNull(),
    /** Where the queue holds the job and under which lock, so that a dead worker's job can be freed. */
    jobId: text().notNull(),
    lockToken: text().notNull(),
    state: text({ enum: attemptStates }).notNull().default('running'),
    startedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    finishedAt: timestamp({ withTimezone: true }),
    failure: jsonb().$type<AttemptFailure>(),
    /** What the failure has in common with others of its agent; null when it says nothing of the agent. */
    signature: text(),
    /** The smaller tasks that it proposed instead of its own. */
    proposal: jsonb().$type<Split>(),
    /** What the failure rule chose to do next, why, and what it weighed before. */
    decision: jsonb().$type<FailureDecision>(),
    /** Milliseconds until the next attempt, when the same agent makes it. */
    retryDelay: integer(),
    /** When the executor last printed something; written every few seconds. */
    lastOutputAt: timestamp({ withTimezone: true }),
    summary: text(),
    baseCommit: text(),
    workCommit: text(),
    /** The work of an earlier attempt whose clash this one is to settle; null when it starts afresh. */
    mergeOf: text(),
    /** Exit code and command of the check after the executor, when the task has one. */
    verified: jsonb().$type<{ command: readonly string[]; passed: boolean }>(),
    usage: jsonb().$type<{ inputTokens?: number; outputTokens?: number; costUsd?: number }>(),
    /** Ids of the lessons this attempt was given. */
    lessons: jsonb().$type<readonly string[]>().notNull().default([]),
    /** Which files it has changed so far, as others of its run see while it is under way. */
    files: text().array(),
    /** What it taught, until memory has taken it in. */
    memoryDue: jsonb().$type<ReflexionInput>(),
    /** Ids of those that were for it, and withheld by chance to learn what they do. */
    withheldLessons: jsonb().$type<readonly string[]>().notNull().default([]),
    /** The last output of the executor and its check, bounded. */
    output: text(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.epoch] }),
    foreignKey({
      columns: [table.runId, table.taskId],
      foreignColumns: [tasks.runId, tasks.id],
    }).onDelete('cascade'),
    index('attempts_memory_due')
      .on(table.runId, table.taskId)
      .where(sql`memory_due IS NOT NULL`),
    index('attempts_worker').on(table.workerId, table.state),
    index('attempts_agent').on(table.agent, table.finishedAt.desc()),
    index('attempts_spend')
      .on(table.runId)
      .where(sql`usage is not null`),
  ],
);
