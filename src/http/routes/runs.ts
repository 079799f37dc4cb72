import { z } from 'zod';
import { AuroraError } from '../../domain/errors.ts';
import { plannerNames } from '../../domain/planned-by.ts';
import { runChangesSchema } from '../../domain/run-limits.ts';
import { runRequestSchema } from '../../maestro/run-request.ts';
import type { Db } from '../../storage/database.ts';
import { listDependencies, listRequirements, toRequirement } from '../../storage/plan-store.ts';
import { getProject } from '../../storage/project-store.ts';
import { readProgress, readRemaining } from '../../storage/progress-store.ts';
import { getRun, readSource, type Run } from '../../storage/run-store.ts';
import { listRunsWithProject } from '../../storage/run-view-store.ts';
import { listTasks } from '../../storage/task-store.ts';
import { requirementSchema } from '../../domain/requirement.ts';
import { taskStates } from '../../domain/task.ts';
import { readRunReasons } from '../../storage/waiting-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { runActions } from '../run-actions.ts';
import { levelsOf } from '../recorded-graph.ts';
import { runParams, runSchema, taskResourceSchema, toRun, toTask } from '../resources.ts';

const runDetailSchema = runSchema.extend({
  /** What was asked. */
  request: z.union([
    z.object({
      ...{ kind: z.literal('requirement'), text: z.string() },
      planner: z.enum(plannerNames).optional(),
    }),
    z.object({ kind: z.literal('plan'), plan: z.unknown() }),
  ]),
  requirements: z.array(requirementSchema.partial().loose()),
  /** About how many milliseconds are left; null when that is not known, or the run does not run. */
  remainingMs: z.number().nullable(),
});

const submittedSchema = runSchema.extend({
  /** What the producer should know, such as uncommitted changes that the run will not see. */
  warnings: z.array(z.string()),
});

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

/** A run as the API shows it. */
async function describeRun(db: Db, run: Run) {
  const [project, progress] = await Promise.all([
    getProject(db, run.projectId),
    readProgress(db, [run]),
  ]);
  return toRun(run, project?.name ?? run.projectId, progress.get(run.id));
}

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
          response: { 200: submittedSchema, 201: submittedSchema },
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
        const { run, created, warnings } = await deps.submitRun({
          ...asked,
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        });
        return reply
          .status(created ? 201 : 200)
          .header('location', `/v1/runs/${run.id}`)
          .send({ ...(await describeRun(db, run)), warnings: [...warnings] });
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
            before: runParams.shape.id.optional().describe('`next` of the page before'),
            project: z.string().min(1).max(200).optional().describe('Name of a project'),
          }),
          response: {
            200: z.object({ runs: z.array(runSchema), next: z.string().nullable() }),
          },
        },
      },
      async (request) => {
        const { limit, before, project } = request.query;
        const rows = await listRunsWithProject(db, {
          limit: limit + 1,
          ...(before === undefined ? {} : { before }),
          ...(project === undefined ? {} : { project }),
        });
        const page = rows.slice(0, limit);
        const progress = await readProgress(
          db,
          page.map(({ run }) => run),
        );
        return {
          runs: page.map(({ run, project: name }) => toRun(run, name, progress.get(run.id))),
          next: rows.length > limit ? (page.at(-1)?.run.id ?? null) : null,
        };
      },
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
      async (request) => {
        const run = await getRun(db, request.params.id);
        const [asked, requirements, remainingMs] = await Promise.all([
          readSource(db, run.id),
          listRequirements(db, run.id),
          run.state === 'running'
            ? listTasks(db, run.id).then((all) => readRemaining(db, all))
            : null,
        ]);
        return {
          remainingMs,
          ...(await describeRun(db, run)),
          request: asked,
          requirements: requirements.map(toRequirement),
        };
      },
    );

    app.get(
      '/runs/:id/tasks',
      {
        schema: {
          tags: ['runs'],
          summary: 'The tasks of a run, in the order of the plan',
          params: runParams,
          response: { 200: z.object({ tasks: z.array(taskResourceSchema) }) },
        },
      },
      async (request) => {
        const run = await getRun(db, request.params.id);
        const tasks = await listTasks(db, run.id);
        const reasons = await readRunReasons(db, run, tasks);
        return { tasks: tasks.map((task) => toTask(task, reasons.get(task.id) ?? null)) };
      },
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
