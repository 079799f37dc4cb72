import { assignTasks } from '../domain/assignment.ts';
import type { Task } from '../domain/task.ts';
import { readAgentStats } from '../storage/agent-stats-store.ts';
import { listRequirements, toRequirement } from '../storage/plan-store.ts';
import type { RevisedPlan } from '../storage/revision-store.ts';
import type { TaskRow } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import type { AmendedRequirements } from './planning/amendment.ts';
import type { Replanned } from './planning/replan.ts';

/**
 * Assigns what an amendment adds, for the record.
 *
 * @param given agents of tasks that are assigned already
 */
export async function revisedPlan(
  { database: { db }, agents }: MaestroDeps,
  rows: readonly TaskRow[],
  { requirements, change, questions }: AmendedRequirements,
  { added, changed, removed, reasons }: Replanned,
  given: ReadonlyMap<string, string> = new Map(),
): Promise<RevisedPlan> {
  const open = added.filter(({ id }) => !given.has(id));
  const assignments = assignTasks(open, agents, await readAgentStats(db, agents));
  const byId = new Map(assignments.map((each) => [each.taskId, each]));
  const agentOf = new Map(rows.map(({ id, agent }) => [id, agent]));
  const ids = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id);
  return {
    ...{ requirements, removed, questions },
    added: added.map((task) => ({
      ...{ task, reasons: reasons[task.id] ?? {} },
      agent: given.get(task.id) ?? byId.get(task.id)?.agent ?? '',
      score: byId.get(task.id)?.score ?? null,
    })),
    changed: changed.map((task) => ({
      ...{ task, reasons: reasons[task.id] ?? {} },
      ...{ agent: agentOf.get(task.id) ?? '', score: null },
    })),
    change: {
      requirements: change,
      tasks: { added: ids(added), changed: ids(changed), removed: [...removed] },
    },
  };
}

/** The plan with further tasks, by the agents that did what they go on from, while these are configured. */
export async function planWithAnswers(
  deps: MaestroDeps,
  runId: string,
  rows: readonly TaskRow[],
  answers: readonly { readonly task: Task; readonly agent: string }[],
): Promise<RevisedPlan> {
  const all = await listRequirements(deps.database.db, runId);
  const requirements = all.filter(({ withdrawnAt }) => withdrawnAt === null).map(toRequirement);
  const hold = new Set(requirements.map(({ id }) => id));
  const why = (id: string) => `it goes on from what "${id}" did`;
  const added = answers.map(({ task }) => ({
    ...task,
    requirements: task.requirements.filter((id) => hold.has(id)),
  }));
  const reasons = added.map(({ id, dependsOn }) => [
    id,
    Object.fromEntries(dependsOn.map((each) => [each, why(each)])),
  ]);
  const isThere = (name: string) => deps.agents.some((agent) => agent.name === name);
  return revisedPlan(
    deps,
    rows,
    { requirements, questions: [], change: { added: [], changed: [], withdrawn: [] } },
    { added, changed: [], removed: [], reasons: Object.fromEntries(reasons) },
    new Map(answers.flatMap(({ task, agent }) => (isThere(agent) ? [[task.id, agent]] : []))),
  );
}
