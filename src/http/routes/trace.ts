import { z } from 'zod';
import { attemptStates } from '../../domain/attempt.ts';
import { checkStages } from '../../domain/check.ts';
import { AuroraError } from '../../domain/errors.ts';
import { requirementIdSchema, requirementSchema } from '../../domain/requirement.ts';
import { requirementStates } from '../../domain/requirement-state.ts';
import {
  coverageMarkdown,
  coverageOf,
  type RequirementTrace,
} from '../../domain/requirement-trace.ts';
import { runStates } from '../../domain/run.ts';
import { taskStates } from '../../domain/task.ts';
import { getRun } from '../../storage/run-store.ts';
import { readTrace } from '../../storage/trace-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { runParams } from '../resources.ts';

const verdict = { state: z.enum(requirementStates), reason: z.string().nullable() };

const traceSchema = z.object({
  requirement: requirementSchema.partial().loose(),
  ...verdict,
  tasks: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      state: z.enum(taskStates),
      agent: z.string(),
      /** The commit on the integration branch. */
      mergeCommit: z.string().nullable(),
      hasCheck: z.boolean(),
      /** Whether its check passed on the commit that was merged. */
      passed: z.boolean(),
      attempts: z.array(
        z.object({
          number: z.number(),
          epoch: z.number(),
          state: z.enum(attemptStates),
          agent: z.string(),
          commit: z.string().nullable(),
          checks: z.array(
            z.object({
              stage: z.enum(checkStages),
              command: z.array(z.string()),
              commit: z.string().nullable(),
              passed: z.boolean(),
              at: z.iso.datetime(),
            }),
          ),
        }),
      ),
    }),
  ),
});

const counted = z.object({ total: z.number() }).loose();
const runTraceSchema = z.object({
  runId: z.string(),
  runState: z.enum(runStates),
  coverage: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      ...verdict,
      tasks: counted,
      attempts: z.number(),
      commits: z.array(z.string()),
      checks: counted,
    }),
  ),
  /** The coverage as a Markdown table. */
  markdown: z.string(),
  requirements: z.array(traceSchema),
});

/** A trace as JSON holds it. */
function toResource(trace: RequirementTrace): z.infer<typeof traceSchema> {
  return {
    ...trace,
    requirement: { ...trace.requirement },
    tasks: trace.tasks.map((task) => ({
      ...task,
      attempts: task.attempts.map((attempt) => ({
        ...attempt,
        checks: attempt.checks.map(({ at, command, ...check }) => ({
          ...check,
          command: [...command],
          at: at.toISOString(),
        })),
      })),
    })),
  };
}

export function traceRoutes({ db }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/runs/:id/trace',
      {
        schema: {
          tags: ['runs'],
          summary: 'Every requirement with its tasks, attempts, commits and checks',
          params: runParams,
          response: { 200: runTraceSchema },
        },
      },
      async (request) => {
        const run = await getRun(db, request.params.id);
        const traces = await readTrace(db, run.id);
        const coverage = coverageOf(traces);
        return {
          ...{ runId: run.id, runState: run.state, markdown: coverageMarkdown(coverage) },
          coverage: coverage.map(({ commits, ...row }) => ({ ...row, commits: [...commits] })),
          requirements: traces.map(toResource),
        };
      },
    );

    app.get(
      '/runs/:id/trace/:requirement',
      {
        schema: {
          tags: ['runs'],
          summary: 'One requirement with its tasks, attempts, commits and checks',
          params: runParams.extend({ requirement: requirementIdSchema }),
          response: { 200: traceSchema },
        },
      },
      async (request) => {
        const { id, requirement } = request.params;
        const run = await getRun(db, id);
        const [trace] = await readTrace(db, run.id, requirement);
        if (trace === undefined) {
          throw new AuroraError(
            'requirement-not-found',
            `Run ${run.id} has no requirement "${requirement}".`,
          );
        }
        return toResource(trace);
      },
    );
  };
}
