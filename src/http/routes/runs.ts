import { z } from 'zod';
import { AuroraError } from '../../domain/errors.ts';
import { runChangesSchema } from '../../domain/run-limits.ts';
import { runRequestSchema } from '../../maestro/run-request.ts';
import { listDependencies } from '../../storage/plan-store.ts';
import { getRun } from '../../storage/run-store.ts';
import { listTasks } from '../../storage/task-store.ts';
import { taskStates } from '../../domain/task.ts';
import {
  describeRun,
  listRuns,
  listRunTasks,
  runDetailSchema,
  runPageFields,
  runPageSchema,
  runTasksSchema,
  showRun,
  submitRun,
  submittedRunSchema,
} from '../calls/run-calls.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { runActions } from '../run-actions.ts';
import { levelsOf } from '../recorded-graph.ts';
import { runParams, runSchema } from '../resources.ts';

const graphSchema = z.object({
  runId: z.string(),
  nodes: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      agent: z.string(),
      state: z.enum(taskStates),
      /** Length of the longest chain that ends here, from 1. */
      level: z.number(),
    }),
  ),
  edges: z.array(z.object({ from: z.string(), to: z.string(), reason: z.string().nullable() })),
});

export function runRoutes(deps: HttpDeps) {
  const { db } = deps;
  return async (app: HttpApp): Promise<void> => {
    app.post(
      '/runs',
      {
        schema: {
          tags: ['runs'],
          summary: 'Submit a requirement or a plan',
          description:
            'The same idempotency key (in the body, or as `Idempotency-Key`) with the same request answers 200 with the run that exists.',
          headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
          body: runRequestSchema,
          response: { 200: submittedRunSchema, 201: submittedRunSchema },
        },
      },
      async (request, reply) => {
        const header = request.headers['idempotency-key'];
        const { idempotencyKey = header, ...asked } = request.body;
        if (header !== undefined && header !== idempotencyKey) {
          throw new AuroraError(
            'request-invalid',
            'The body and the Idempotency-Key header give different keys: send one of them.',
          );
        }
        const { run, created } = await submitRun(deps, {
          ...asked,
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        });
        return reply
          .status(created ? 201 : 200)
          .header('location', `/v1/runs/${run.id}`)
          .send(run);
      },
    );

    app.get(
      '/runs',
      {
        schema: {
          tags: ['runs'],
          summary: 'The runs, newest first',
          querystring: z.object({
            limit: z.coerce.number().int().min(1).max(200).default(50),
            ...runPageFields,
          }),
          response: { 200: runPageSchema },
        },
      },
      async (request) => listRuns(db, request.query),
    );

    app.get(
      '/runs/:id',
      {
        schema: {
          tags: ['runs'],
          summary: 'A run with what was asked and its requirements',
          params: runParams,
          response: { 200: runDetailSchema },
        },
      },
      async (request) => showRun(db, request.params.id),
    );

    app.get(
      '/runs/:id/tasks',
      {
        schema: {
          tags: ['runs'],
          summary: 'The tasks of a run, in the order of the plan',
          params: runParams,
          response: { 200: runTasksSchema },
        },
      },
      async (request) => listRunTasks(db, request.params.id),
    );

    app.get(
      '/runs/:id/graph',
      {
        schema: {
          tags: ['runs'],
          summary: 'The tasks of a run and their dependencies',
          params: runParams,
          response: { 200: graphSchema },
        },
      },
      async (request) => {
        const run = await getRun(db, request.params.id);
        const [tasks, dependencies] = await Promise.all([
          listTasks(db, run.id),
          listDependencies(db, run.id),
        ]);
        const levels = levelsOf(tasks, dependencies);
        return {
          runId: run.id,
          nodes: tasks.map((task) => ({
            id: task.id,
            title: task.spec.title,
            agent: task.agent,
            state: task.state,
            level: levels.get(task.id) ?? 1,
          })),
          edges: dependencies.map(({ dependsOn, taskId, reason }) => ({
            from: dependsOn,
            to: taskId,
            reason,
          })),
        };
      },
    );

    app.patch(
      '/runs/:id',
      {
        schema: {
          tags: ['runs'],
          summary: 'Change what a run may use while it goes on',
          description:
            'Its priority reaches what waits in the queue already; `maxParallel: null` lifts its limit.',
          params: runParams,
          body: runChangesSchema,
          response: { 200: runSchema },
        },
      },
      async (request) => {
        await deps.changeRun(request.params.id, request.body);
        return describeRun(db, await getRun(db, request.params.id));
      },
    );

    for (const [action, { summary, act }] of Object.entries(runActions)) {
      app.post(
        `/runs/:id/${action}`,
        { schema: { tags: ['runs'], summary, params: runParams, response: { 202: runSchema } } },
        async (request, reply) => {
          await act(deps, request.params.id);
          const run = await getRun(db, request.params.id);
          return reply.status(202).send(await describeRun(db, run));
        },
      );
    }
  };
}
