import { z } from 'zod';
import { plannerNames } from '../../domain/planned-by.ts';
import { requirementSchema } from '../../domain/requirement.ts';
import type { RunRequest } from '../../maestro/run-request.ts';
import type { Db } from '../../storage/database.ts';
import { listRequirements, toRequirement } from '../../storage/plan-store.ts';
import { readProgress, readRemaining } from '../../storage/progress-store.ts';
import { getProject } from '../../storage/project-store.ts';
import { getRun, readSource, type Run } from '../../storage/run-store.ts';
import { listRunsWithProject } from '../../storage/run-view-store.ts';
import { listTasks } from '../../storage/task-store.ts';
import { readRunReasons } from '../../storage/waiting-store.ts';
import type { ApiDeps } from '../http-deps.ts';
import { runParams, runSchema, taskResourceSchema, toRun, toTask } from '../resources.ts';

/** What is asked of runs over HTTP and by tools: the questions, the answers, and how they are found. */

/** A run as the API shows it. */
export async function describeRun(db: Db, run: Run) {
  const [project, progress] = await Promise.all([
    getProject(db, run.projectId),
    readProgress(db, [run]),
  ]);
  return toRun(run, project?.name ?? run.projectId, progress.get(run.id));
}

export const submittedRunSchema = runSchema.extend({
  /** What the producer should know, such as uncommitted changes that the run will not see. */
  warnings: z.array(z.string()),
});

/** @throws AuroraError request-invalid, plan-invalid, requirement-invalid, idempotency-conflict … */
export async function submitRun(
  deps: ApiDeps,
  request: RunRequest,
): Promise<{ readonly run: z.output<typeof submittedRunSchema>; readonly created: boolean }> {
  const { run, created, warnings } = await deps.submitRun(request);
  return { run: { ...(await describeRun(deps.db, run)), warnings: [...warnings] }, created };
}

export const runPageFields = {
  before: runParams.shape.id.optional().describe('`next` of the page before'),
  project: z.string().min(1).max(200).optional().describe('Name of a project'),
};
export const runPageSchema = z.object({ runs: z.array(runSchema), next: z.string().nullable() });

/** A page of the runs, newest first. */
export async function listRuns(
  db: Db,
  {
    limit,
    before,
    project,
  }: { limit: number; before?: string | undefined; project?: string | undefined },
): Promise<z.output<typeof runPageSchema>> {
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
}

export const runDetailSchema = runSchema.extend({
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

/** @throws AuroraError run-not-found */
export async function showRun(db: Db, runId: string): Promise<z.output<typeof runDetailSchema>> {
  const run = await getRun(db, runId);
  const [request, requirements, remainingMs] = await Promise.all([
    readSource(db, run.id),
    listRequirements(db, run.id),
    run.state === 'running' ? readRemaining(db, run.id) : null,
  ]);
  return {
    remainingMs,
    ...(await describeRun(db, run)),
    request,
    requirements: requirements.map(toRequirement),
  };
}

export const runTasksSchema = z.object({ tasks: z.array(taskResourceSchema) });

/** The tasks of a run, in the order of the plan. @throws AuroraError run-not-found */
export async function listRunTasks(
  db: Db,
  runId: string,
): Promise<z.output<typeof runTasksSchema>> {
  const run = await getRun(db, runId);
  const tasks = await listTasks(db, run.id);
  const reasons = await readRunReasons(db, run, tasks);
  return { tasks: tasks.map((task) => toTask(task, reasons.get(task.id) ?? null)) };
}
