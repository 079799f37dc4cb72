import { z } from 'zod';
import { reassignmentCauses } from '../../domain/reassignment.ts';
import { assignmentHistory } from '../../storage/assignment-history.ts';
import type { Db } from '../../storage/database.ts';
import { listMergeConflicts } from '../../storage/merge-conflict-store.ts';
import { listReassignments } from '../../storage/reassignment-store.ts';
import { listDependents } from '../../storage/run-view-store.ts';
import { getRun } from '../../storage/run-store.ts';
import { getTask, listAttempts, listTasks } from '../../storage/task-store.ts';
import { readRunReasons } from '../../storage/waiting-store.ts';
import {
  attemptSchema,
  mergeConflictSchema,
  taskResourceSchema,
  toAttempt,
  toMergeConflict,
  toTask,
} from '../resources.ts';

/** A product of three parts, and what they rest on. */
const scoreSchema = z.record(z.string(), z.number());

export const taskDetailSchema = taskResourceSchema.extend({
  prompt: z.string(),
  input: z.unknown(),
  verify: z.array(z.string()).nullable(),
  scope: z.array(z.string()),
  /** Milliseconds. */
  timeout: z.number(),
  /** The score of the agent that it was given to last, with its parts. */
  assignmentScore: scoreSchema.nullable(),
  /** Each time that it was given to an agent, oldest first. */
  assignments: z.array(
    z.object({
      assignment: z.number(),
      agent: z.string(),
      cause: z.enum(['planned', ...reassignmentCauses]),
      reason: z.string().nullable(),
      notes: z.string().nullable(),
      score: scoreSchema.nullable(),
    }),
  ),
  dependents: z.array(z.string()),
  result: z.unknown(),
  attempts: z.array(attemptSchema),
  /** What its merges met, and how each ended. */
  conflicts: z.array(mergeConflictSchema),
});

/** @throws AuroraError task-not-found */
export async function showTask(
  db: Db,
  { runId, taskId }: { readonly runId: string; readonly taskId: string },
): Promise<z.output<typeof taskDetailSchema>> {
  const task = await getTask(db, runId, taskId);
  const [attempts, dependents, conflicts, moves] = await Promise.all([
    listAttempts(db, runId, [taskId]),
    listDependents(db, runId, taskId),
    listMergeConflicts(db, runId, taskId),
    listReassignments(db, runId, [taskId]),
  ]);
  const assignments = assignmentHistory(task, moves).map(({ score, ...step }) => ({
    ...step,
    score: score === null ? null : { ...score },
  }));
  const reasons = await readRunReasons(db, await getRun(db, runId), await listTasks(db, runId));
  const { spec } = task;
  return {
    ...toTask(task, reasons.get(taskId) ?? null),
    prompt: spec.prompt,
    input: spec.input,
    verify: spec.verify ?? null,
    scope: spec.scope,
    timeout: spec.timeout,
    assignmentScore: assignments.at(-1)?.score ?? null,
    assignments,
    dependents,
    result: task.result,
    attempts: attempts.map(toAttempt),
    conflicts: conflicts.map(toMergeConflict),
  };
}
