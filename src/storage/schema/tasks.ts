import { sql } from 'drizzle-orm';
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
import type { AgentScore } from '../../domain/agent-score.ts';
import type { Way } from '../../domain/give-way.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import { parkReasons, taskStates, type Task } from '../../domain/task.ts';
import { auroraSchema } from './aurora-schema.ts';
import { requirements } from './requirements.ts';
import { runs } from './runs.ts';

/** An atomic unit of work. `epoch` fences every side effect of its attempts. */
export const tasks = auroraSchema.table(
  'tasks',
  {
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    id: text().notNull(),
    position: integer().notNull(),
    /** The task that it is a part of; null for a task of the plan. */
    parentId: text(),
    /** How many splits it comes from. */
    splitDepth: integer().notNull().default(0),
    /** Whether its job is in the queue; a part's is added by its parent's job. */
    queued: boolean().notNull().default(true),
    /** The task as planned: title, role, capabilities, prompt, verify, limits. */
    spec: jsonb().$type<Task>().notNull(),
    agent: text().notNull(),
    /** The score of the first agent that it was given to, with its parts. */
    assignmentScore: jsonb().$type<AgentScore>(),
    state: text({ enum: taskStates }).notNull().default('waiting'),
    /** Grows with each assignment; a job of an older assignment steps aside. */
    assignment: integer().notNull().default(1),
    /** Grows with each assignment and each claim. */
    epoch: integer().notNull().default(0),
    /** Attempts that failed; compared with the task's maxAttempts. */
    failures: integer().notNull().default(0),
    /** Not before this, when an attempt failed and the next one waits for its backoff. */
    retryAt: timestamp({ withTimezone: true }),
    /** When it has failed unless it is done, whatever it waits for until then. */
    deadlineAt: timestamp({ withTimezone: true }),
    /** What a parked task waits for; null when nothing but its dependencies and a worker is missing. */
    parkedFor: text({ enum: parkReasons }),
    parkedAt: timestamp({ withTimezone: true }),
    /** Since when it may have the room that it was parked for; it counts as running for a moment. */
    roomGrantedAt: timestamp({ withTimezone: true }),
    /** The tasks that it has let go first, see `whomToGiveWay`; null when there were none. */
    gaveWay: jsonb().$type<readonly Way[]>(),
    /** How often it was parked: a job of such a task may have a gate to clear away. */
    parkings: integer().notNull().default(0),
    /** The committed work of an attempt whose merge was about to be published. */
    workCommit: text(),
    /**
     * The attempt that was last allowed to publish its merge, and of which work. It may have been
     * asleep ever since: until that permission is void in origin too, it can still be used.
     */
    publishing: jsonb().$type<{ readonly epoch: number; readonly commit: string }>(),
    /** Work in progress of an attempt that asked a question: where the next one starts. */
    resumeCommit: text(),
    /** The merge commit on the integration branch. */
    mergeCommit: text(),
    summary: text(),
    result: jsonb().$type<unknown>(),
    failure: jsonb().$type<AttemptFailure>(),
    startedAt: timestamp({ withTimezone: true }),
    finishedAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.id] }),
    index('tasks_running')
      .on(table.runId)
      .where(sql`state = 'running'`),
    index('tasks_failed')
      .on(table.runId)
      .where(sql`state = 'failed'`),
    index('tasks_parked')
      .on(table.runId, table.parkedFor)
      .where(sql`parked_for is not null`),
    index('tasks_parts')
      .on(table.runId, table.parentId)
      .where(sql`parent_id is not null`),
    index('tasks_room')
      .on(table.roomGrantedAt)
      .where(sql`room_granted_at is not null`),
    index('tasks_unpublished')
      .on(table.runId)
      .where(sql`state IN ('cancelled', 'skipped') AND publishing IS NOT NULL`),
    index('tasks_agent_state').on(table.agent, table.state, table.runId),
    index('tasks_deadline')
      .on(table.deadlineAt)
      .where(sql`deadline_at is not null and state in ('waiting', 'running')`),
  ],
);

/** A dependency of the plan, with the reason for it. */
export const taskDependencies = auroraSchema.table(
  'task_dependencies',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    dependsOn: text().notNull(),
    reason: text(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.dependsOn] }),
    foreignKey({
      columns: [table.runId, table.taskId],
      foreignColumns: [tasks.runId, tasks.id],
    }).onDelete('cascade'),
    foreignKey({
      columns: [table.runId, table.dependsOn],
      foreignColumns: [tasks.runId, tasks.id],
    }).onDelete('cascade'),
    index('task_dependencies_reverse').on(table.runId, table.dependsOn),
  ],
);

/** Which requirements a task serves. */
export const taskRequirements = auroraSchema.table(
  'task_requirements',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    requirementId: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.requirementId] }),
    foreignKey({
      columns: [table.runId, table.taskId],
      foreignColumns: [tasks.runId, tasks.id],
    }).onDelete('cascade'),
    foreignKey({
      columns: [table.runId, table.requirementId],
      foreignColumns: [requirements.runId, requirements.id],
    }).onDelete('cascade'),
    index('task_requirements_reverse').on(table.runId, table.requirementId),
  ],
);
