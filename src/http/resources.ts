import { z } from 'zod';
import { budgetSchema, nothingSpent } from '../domain/budget.ts';
import { maskCredentials } from '../git/mask-credentials.ts';
import { plannerNames } from '../domain/planned-by.ts';
import { approvalStates, integrationBranch, runStates } from '../domain/run.ts';
import { roles } from '../domain/role.ts';
import { taskStates } from '../domain/task.ts';
import { attemptStates } from '../domain/attempt.ts';
import { escalationActions, escalationKinds } from '../domain/escalation.ts';
import type { EscalationCase } from '../maestro/describe-escalation.ts';
import type { Escalation } from '../storage/escalation-store.ts';
import type { MergeConflictRow } from '../storage/merge-conflict-store.ts';
import type { RunProgress } from '../storage/progress-store.ts';
import type { Run } from '../storage/run-store.ts';
import type { AttemptRow, TaskRow } from '../storage/task-store.ts';

/** The shapes in which the API shows what is in the record. Times are ISO 8601 in UTC. */

const time = z.iso.datetime();
const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

const countsSchema = z.object(
  Object.fromEntries(taskStates.map((state) => [state, z.number()])) as Record<
    (typeof taskStates)[number],
    z.ZodNumber
  >,
);

const plannedBySchema = z.object({
  planner: z.enum(plannerNames),
  /** The model that was asked, also when the rules had to stand in. */
  model: z.string().nullable(),
  repairs: z.number(),
  /** Why the rules stood in. */
  notice: z.string().nullable(),
  usage: z
    .object({
      ...{ inputTokens: z.number(), outputTokens: z.number(), cachedInputTokens: z.number() },
      /** US dollars; null: unknown. */
      costUsd: z.number().nullable(),
    })
    .nullable(),
});

export const runSchema = z.object({
  id: z.string(),
  project: z.string(),
  title: z.string(),
  state: z.enum(runStates),
  repository: z.string().nullable(),
  baseBranch: z.string().nullable(),
  baseCommit: z.string().nullable(),
  integrationBranch: z.string(),
  questions: z.array(z.string()),
  /** Who planned it; null before that, and for a plan file. */
  plannedBy: plannedBySchema.nullable(),
  error: z.string().nullable(),
  abortRequestedAt: time.nullable(),
  /** Since when it is paused. */
  pausedAt: time.nullable(),
  /** Whether somebody has to approve its plan before it starts; null: nobody has to. */
  approval: z.enum(approvalStates).nullable(),
  deadlineAt: time.nullable(),
  /** How many of its tasks may run at once; null: no limit of its own. */
  maxParallel: z.number().nullable(),
  /** 1 is first, 10 is last, where tasks of several runs wait for the same agent. */
  priority: z.number(),
  /** What its attempts may use in all; null: as much as they like. */
  budget: budgetSchema.nullable(),
  /** What they have used, as far as their executors reported it. */
  spent: z.object({ tokens: z.number(), costUsd: z.number() }),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  tasks: countsSchema,
  /** Done work over known work, 0 to 1; never goes back. */
  progress: z.number(),
});
export type RunResource = z.infer<typeof runSchema>;

const unplanned: RunProgress = {
  counts: { waiting: 0, running: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 },
  share: 0,
  spent: nothingSpent,
};

export function toRun(run: Run, project: string, progress: RunProgress = unplanned): RunResource {
  return {
    id: run.id,
    project,
    title: run.title,
    state: run.state,
    repository: run.repository === null ? null : maskCredentials(run.repository),
    baseBranch: run.baseBranch,
    baseCommit: run.baseCommit,
    integrationBranch: integrationBranch(run.id),
    questions: [...run.questions],
    plannedBy: run.plannedBy,
    error: run.error,
    abortRequestedAt: iso(run.abortRequestedAt),
    pausedAt: iso(run.pausedAt),
    approval: run.approval,
    deadlineAt: iso(run.deadlineAt),
    maxParallel: run.maxParallel,
    priority: run.priority,
    budget: run.budget,
    spent: { ...progress.spent },
    createdAt: run.createdAt.toISOString(),
    startedAt: iso(run.startedAt),
    finishedAt: iso(run.finishedAt),
    tasks: { ...progress.counts },
    progress: progress.share,
  };
}

const clashSchema = z.object({
  kind: z.enum(['conflict', 'check']),
  head: z.string(),
  files: z.array(z.string()).readonly(),
  isOthersAlone: z.boolean().optional(),
});

const clashSideSchema = z.object({
  taskId: z.string(),
  commit: z.string(),
  title: z.string(),
  prompt: z.string(),
  summary: z.string().nullable(),
  diff: z.string(),
});

const failureSchema = z.object({
  class: z.string(),
  message: z.string(),
  evidence: z.string().optional(),
  exitCode: z.number().optional(),
  /** Milliseconds. */
  retryAfter: z.number().optional(),
  /** What the work met when it was to be merged. */
  clash: clashSchema
    .extend({ others: z.array(z.object({ taskId: z.string(), commit: z.string() })).readonly() })
    .optional(),
});

const decisionSchema = z.object({
  kind: z.enum(['retry', 'wait', 'reassign', 'stronger', 'split', 'escalate']),
  /** Milliseconds. */
  delay: z.number().optional(),
  agent: z.string().optional(),
  reason: z.string(),
  /** What was weighed before it, and why it was not taken. */
  passedOver: z.array(z.object({ strategy: z.string(), reason: z.string() })),
});

export const taskResourceSchema = z.object({
  runId: z.string(),
  id: z.string(),
  title: z.string(),
  /** The task that it is a part of, when that was split. */
  partOf: z.string().nullable(),
  role: z.enum(roles).nullable(),
  agent: z.string(),
  capabilities: z.array(z.string()),
  state: z.enum(taskStates),
  epoch: z.number(),
  failures: z.number(),
  maxAttempts: z.number(),
  dependsOn: z.array(z.string()),
  requirements: z.array(z.string()),
  /** 1 is first, 10 is last, within the run. */
  priority: z.number(),
  deadlineAt: time.nullable(),
  retryAt: time.nullable(),
  /** What it waits for, in one sentence; null unless it waits. */
  waitingReason: z.string().nullable(),
  summary: z.string().nullable(),
  failure: failureSchema.nullable(),
  workCommit: z.string().nullable(),
  mergeCommit: z.string().nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
});
export type TaskResource = z.infer<typeof taskResourceSchema>;

export function toTask(row: TaskRow, waitingReason: string | null = null): TaskResource {
  const { spec } = row;
  return {
    runId: row.runId,
    id: row.id,
    title: spec.title,
    partOf: row.parentId,
    role: spec.role ?? null,
    agent: row.agent,
    capabilities: [...spec.capabilities],
    state: row.state,
    epoch: row.epoch,
    failures: row.failures,
    maxAttempts: spec.maxAttempts,
    dependsOn: [...spec.dependsOn],
    requirements: [...spec.requirements],
    priority: spec.priority,
    deadlineAt: iso(row.deadlineAt),
    retryAt: iso(row.retryAt),
    waitingReason,
    summary: row.summary,
    failure: row.failure,
    workCommit: row.workCommit,
    mergeCommit: row.mergeCommit,
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
  };
}

export const attemptSchema = z.object({
  epoch: z.number(),
  number: z.number(),
  agent: z.string(),
  workerId: z.string(),
  state: z.enum(attemptStates),
  startedAt: time,
  finishedAt: time.nullable(),
  failure: failureSchema.nullable(),
  decision: decisionSchema.nullable(),
  /** Milliseconds until the next attempt, when the same agent makes it. */
  retryDelay: z.number().nullable(),
  summary: z.string().nullable(),
  baseCommit: z.string().nullable(),
  workCommit: z.string().nullable(),
  /** The work of an earlier attempt whose clash with what others merged this one settles. */
  mergeOf: z.string().nullable(),
  verified: z.object({ command: z.array(z.string()), passed: z.boolean() }).nullable(),
  usage: z
    .object({
      inputTokens: z.number().optional(),
      outputTokens: z.number().optional(),
      costUsd: z.number().optional(),
    })
    .nullable(),
  lessons: z.array(z.string()),
  output: z.string().nullable(),
  lastOutputAt: time.nullable(),
});

export function toAttempt(row: AttemptRow): z.infer<typeof attemptSchema> {
  const { runId: _run, taskId: _task, jobId: _job, lockToken: _token, ...shown } = row;
  return {
    ...shown,
    startedAt: row.startedAt.toISOString(),
    finishedAt: iso(row.finishedAt),
    lastOutputAt: iso(row.lastOutputAt),
    lessons: [...row.lessons],
    decision: row.decision && { ...row.decision, passedOver: [...row.decision.passedOver] },
    verified: row.verified && { ...row.verified, command: [...row.verified.command] },
  };
}

export const mergeConflictSchema = z.object({
  epoch: z.number(),
  path: z.string(),
  /** In the merged file, from 1. */
  line: z.number(),
  resolver: z.string().nullable(),
  confidence: z.number(),
  resolved: z.boolean(),
  doubt: z.string().nullable(),
  /** Whether the task's check passed on the merge; null when none could tell. */
  verified: z.boolean().nullable(),
});

export function toMergeConflict(row: MergeConflictRow): z.infer<typeof mergeConflictSchema> {
  const { epoch, path, line, resolver, confidence, resolved, doubt, verified } = row;
  return { epoch, path, line, resolver, confidence, resolved, doubt, verified };
}

export const escalationSchema = z.object({
  id: z.string(),
  runId: z.string(),
  taskId: z.string(),
  kind: z.enum(escalationKinds),
  question: z.string(),
  /** What can be done, or the answers that the agent suggests. */
  options: z.array(z.string()),
  state: z.enum(['open', 'resolved']),
  /** What was answered: the action with what belongs to it, and by whom. */
  answer: z.looseObject({ action: z.enum(escalationActions) }).nullable(),
  createdAt: time,
  resolvedAt: time.nullable(),
});

export const escalationPageSchema = z.object({ escalations: z.array(escalationSchema) });

export function toEscalation(row: Escalation): z.infer<typeof escalationSchema> {
  const {
    epoch: _epoch,
    notifiedAt: _at,
    notifyTries: _tries,
    notifyAfter: _after,
    ...shown
  } = row;
  return {
    ...shown,
    options: [...row.options],
    createdAt: row.createdAt.toISOString(),
    resolvedAt: iso(row.resolvedAt),
  };
}

export const escalationCaseSchema = escalationSchema.extend({
  actions: z.array(z.enum(escalationActions)),
  task: taskResourceSchema,
  attempts: z.array(attemptSchema),
  diff: z.object({ stat: z.string(), patch: z.string(), truncated: z.boolean() }).nullable(),
  diffProblem: z.string().nullable(),
  /** Of a conflict both sides, with what each was for and what it changed. */
  clash: clashSchema
    .extend({
      message: z.string(),
      evidence: z.string(),
      own: clashSideSchema,
      others: z.array(clashSideSchema).readonly(),
    })
    .nullable(),
});

export function toEscalationCase(found: EscalationCase): z.infer<typeof escalationCaseSchema> {
  const { escalation, task, attempts, actions, diff, diffProblem, clash } = found;
  return {
    ...toEscalation(escalation),
    actions: [...actions],
    task: toTask(task),
    attempts: attempts.map(toAttempt),
    diff,
    diffProblem,
    clash,
  };
}

const idSchema = z
  .string()
  .regex(/^[\w-]{1,200}$/, 'must be letters, digits, "_" and "-"')
  .describe('As given by the API');

export const runParams = z.object({ id: idSchema });
export const taskParams = z.object({ runId: idSchema, taskId: idSchema });
export const memoryParams = z.object({ id: idSchema });
export const escalationParams = z.object({ id: idSchema });
export const escalationQuery = z.object({
  run: idSchema.optional(),
  state: z.enum(['open', 'resolved', 'all']).default('open'),
});
