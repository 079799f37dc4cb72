import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Agent } from '../domain/agent.ts';
import { assignTasks, type Assignment } from '../domain/assignment.ts';
import type { AgentStats } from '../domain/agent-score.ts';
import { AuroraError } from '../domain/errors.ts';
import { analysePlan, type PlanAnalysis } from '../domain/plan-analysis.ts';
import type { Pace } from '../domain/progress.ts';
import { buildTaskGraph } from '../domain/task-graph.ts';
import type { Task } from '../domain/task.ts';
import type { Environment } from '../git/git-environment.ts';
import { openMirror } from '../git/mirror.ts';
import type { PlanningResult } from '../domain/planning-result.ts';
import { planRequest, rulesPlanner, type Planner } from './planning/request-planner.ts';
import { validatePlan } from './planning/plan-validator.ts';
import { withSources } from './sources.ts';

export interface PlannedPreview extends PlanningResult {
  readonly assignments: readonly Assignment[];
  readonly analysis: PlanAnalysis;
}

/** What the record knows of the agents; without it all are idle and nobody has a past. */
export interface FleetKnowledge {
  readonly stats: ReadonlyMap<string, AgentStats>;
  readonly pace: Pace;
}

function nothingKnown(agents: readonly Agent[]): FleetKnowledge {
  const idle = ({ concurrency }: Agent): AgentStats => ({
    ...{ liveWorkers: 1, slots: concurrency, running: 0, waiting: 0, past: [], suspended: false },
  });
  return {
    stats: new Map(agents.map((agent) => [agent.name, idle(agent)])),
    pace: { taskTime: new Map(), slots: new Map() },
  };
}

/**
 * Plans without writing anything: for looking at a plan before it runs.
 *
 * @throws AuroraError requirement-invalid, plan-invalid, git-failed
 */
export async function previewPlan(options: {
  readonly request: { readonly requirement?: string; readonly plan?: unknown };
  readonly agents: readonly Agent[];
  readonly repository: { readonly url: string; readonly commit: string } | undefined;
  readonly environment: Environment;
  readonly knowledge?: FleetKnowledge | undefined;
  /** The rules when nobody says. */
  readonly planner?: Planner;
  /** Stops a planner that takes time. */
  readonly signal?: AbortSignal;
}): Promise<PlannedPreview> {
  const { request, agents, repository, environment } = options;
  const { knowledge = nothingKnown(agents), planner = rulesPlanner, signal } = options;
  const text = request.requirement;
  const planning =
    text === undefined
      ? validatePlan(request.plan, agents)
      : await withRepository(repository, environment, (repositoryDirectory) =>
          planRequest({ request: text, repositoryDirectory, agents, signal }, planner),
        );
  const { tasks } = planning.plan;
  const assignments = assignTasks(tasks, agents, knowledge.stats);
  return { ...planning, assignments, analysis: analyse(tasks, assignments, knowledge.pace) };
}

function analyse(
  tasks: readonly Task[],
  assignments: readonly Assignment[],
  pace: Pace,
): PlanAnalysis {
  const agentOf = new Map(assignments.map(({ taskId, agent }) => [taskId, agent]));
  const built = buildTaskGraph(
    tasks.map((task) => ({ ...task, agent: agentOf.get(task.id) ?? '' })),
  );
  if (!built.ok)
    throw new AuroraError('bug', 'A valid plan is a DAG.', { problems: built.problems });
  return analysePlan(built.graph, pace);
}

async function withRepository<T>(
  repository: { readonly url: string; readonly commit: string } | undefined,
  environment: Environment,
  use: (directory: string | null) => Promise<T>,
): Promise<T> {
  if (repository === undefined) return use(null);
  const folder = await mkdtemp(path.join(tmpdir(), 'aurora-preview-'));
  try {
    const mirror = await openMirror({
      url: repository.url,
      directory: path.join(folder, 'mirror'),
      environment,
    });
    return await withSources(mirror, repository.commit, use);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
