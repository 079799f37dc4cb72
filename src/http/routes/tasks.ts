import { z } from 'zod';
import { listMergeConflicts } from '../../storage/merge-conflict-store.ts';
import { listDependents } from '../../storage/run-view-store.ts';
import { getRun } from '../../storage/run-store.ts';
import { getTask, listAttempts, listTasks } from '../../storage/task-store.ts';
import { readRunReasons } from '../../storage/waiting-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import {
  attemptSchema,
  mergeConflictSchema,
  taskParams,
  taskResourceSchema,
  toAttempt,
  toMergeConflict,
  toTask,
} from '../resources.ts';

const taskDetailSchema = taskResourceSchema.extend({
  prompt: z.string(),
  input: z.unknown(),
  verify: z.array(z.string()).nullable(),
  scope: z.array(z.string()),
  /** Milliseconds. */
  timeout: z.number(),
  /** The parts of the score that chose the agent. */
  assignmentScore: z.record(z.string(), z.number()).nullable(),
  dependents: z.array(z.string()),
  result: z.unknown(),
  attempts: z.array(attemptSchema),
  /** What its merges met, and how each ended. */
  conflicts: z.array(mergeConflictSchema),
});

export function taskRoutes({ db }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/tasks/:runId/:taskId',
      {
        schema: {
          tags: ['tasks'],
          summary: 'A task with its attempts',
          params: taskParams,
          response: { 200: taskDetailSchema },
        },
      },
      async (request) => {
        const { runId, taskId } = request.params;
        const task = await getTask(db, runId, taskId);
        const [attempts, dependents, conflicts] = await Promise.all([
          listAttempts(db, runId, [taskId]),
          listDependents(db, runId, taskId),
          listMergeConflicts(db, runId, taskId),
        ]);
        const reasons = await readRunReasons(
          db,
          await getRun(db, runId),
          await listTasks(db, runId),
        );
        const { spec } = task;
        return {
          ...toTask(task, reasons.get(taskId) ?? null),
          prompt: spec.prompt,
          input: spec.input,
          verify: spec.verify ?? null,
          scope: spec.scope,
          timeout: spec.timeout,
          assignmentScore: task.assignmentScore,
          dependents,
          result: task.result,
          attempts: attempts.map(toAttempt),
          conflicts: conflicts.map(toMergeConflict),
        };
      },
    );
  };
}
