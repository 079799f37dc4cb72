import { assignTasks, type Assignment } from '../domain/assignment.ts';
import { AuroraError } from '../domain/errors.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import type { RequestSource } from '../domain/run.ts';
import { addPlanningUsage, planningRefusal } from '../storage/budget-store.ts';
import { readAgentStats } from '../storage/agent-stats-store.ts';
import { savePlan } from '../storage/plan-store.ts';
import { finishRun, getRun, readSource, type Run } from '../storage/run-store.ts';
import { tellDeadlines } from './deadlines.ts';
import { enqueueFlow } from './enqueue-run.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import type { PlanningResult } from '../domain/planning-result.ts';
import { choosePlanner, planRequest } from './planning/request-planner.ts';
import { validateInTurns } from './planning/plan-validator.ts';
import { reviseRun } from './revise-run.ts';
import { withSources } from './sources.ts';

/**
 * The seed's phases for a submitted run: parse, expand, depend, assign, and then its flow enters the
 * queue. Each step is committed before the next, so a crash anywhere is resumed where it happened.
 * A request that cannot be planned ends the run with the reason.
 *
 * @param signal stops a planning that takes time; it is then left to the next who looks
 */
export async function planRun(
  deps: MaestroDeps,
  runId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { database, log, notify } = deps;
  const run = await getRun(database.db, runId);
  if (run.state === 'submitted') {
    try {
      const { planning, assignments } = await planFor(deps, run, signal);
      await savePlan(database.db, {
        runId,
        title: run.title,
        requirements: planning.plan.requirements,
        questions: planning.questions,
        plannedBy: planning.plannedBy,
        tasks: planning.plan.tasks.map((task) => {
          const assignment = assignments.get(task.id) as Assignment;
          return {
            task,
            agent: assignment.agent,
            score: assignment.score,
            reasons: planning.reasons[task.id] ?? {},
          };
        }),
      });
      log.info({ runId, tasks: planning.plan.tasks.length }, 'run planned');
      const isTimed = planning.plan.tasks.some(({ deadline }) => deadline !== undefined);
      if (isTimed) await tellDeadlines(deps);
    } catch (error) {
      if (!(error instanceof AuroraError) || error.kind !== 'input') throw error;
      await finishRun(database.db, runId, 'failed', error.message);
      notify(runId);
      return;
    }
  }
  if (await reviseRun(deps, runId)) return;
  await enqueueFlow(deps, runId);
}

/** Plans a run without writing anything. */
async function planFor(
  deps: MaestroDeps,
  run: Run,
  signal: AbortSignal | undefined,
): Promise<{ planning: PlanningResult; assignments: ReadonlyMap<string, Assignment> }> {
  const source = await readSource(deps.database.db, run.id);
  const planning = await planningOf(deps, run, source, signal);
  const stats = await readAgentStats(deps.database.db, deps.agents);
  const assignments = assignTasks(planning.plan.tasks, deps.agents, stats);
  return { planning, assignments: new Map(assignments.map((each) => [each.taskId, each])) };
}

async function planningOf(
  deps: MaestroDeps,
  run: Run,
  source: RequestSource,
  signal: AbortSignal | undefined,
): Promise<PlanningResult> {
  if (source.kind === 'plan') return validateInTurns(source.plan, deps.agents);
  const { proposal } = source;
  if (proposal === undefined) return planText(deps, run, source, signal);
  // Whoever made it may know other agents than we do.
  const { plan } = await validateInTurns(proposal.plan, deps.agents);
  return { ...proposal, plan };
}

async function planText(
  deps: MaestroDeps,
  run: Run,
  { text, planner: asked }: Extract<RequestSource, { kind: 'requirement' }>,
  signal: AbortSignal | undefined,
): Promise<PlanningResult> {
  const { db } = deps.database;
  const planner = await choosePlanner(asked, deps.planning);
  const meter = {
    refusal: () => planningRefusal(db, run.id),
    record: (usage: ModelUsage) => addPlanningUsage(db, run.id, usage),
  };
  const plan = (repositoryDirectory: string | null) =>
    planRequest(
      { request: text, repositoryDirectory, agents: deps.agents, signal, meter },
      planner,
    );
  if (run.repository === null || run.baseCommit === null) return plan(null);
  return withSources(await deps.mirrors.open(run.repository), run.baseCommit, plan);
}
