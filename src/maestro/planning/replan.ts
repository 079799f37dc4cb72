import { AuroraError } from '../../domain/errors.ts';
import type { PlanChange } from '../../domain/plan-change.ts';
import type { Requirement } from '../../domain/requirement.ts';
import { buildTaskGraph } from '../../domain/task-graph.ts';
import { finishedTaskStates, type Task, type TaskState } from '../../domain/task.ts';
import type { RepositoryFacts } from './repository-facts.ts';
import { expandRequirements } from './requirement-expander.ts';

/** A task of the run as it is. */
export interface CurrentTask {
  readonly spec: Task;
  readonly state: TaskState;
  /** Whether any attempt was ever made at it. */
  readonly begun: boolean;
}

export interface Replanned {
  readonly added: readonly Task[];
  /** Tasks that nobody has begun, as they are to be now. */
  readonly changed: readonly Task[];
  /** Unfinished tasks that nothing needs any more. */
  readonly removed: readonly string[];
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * What an amendment changes in the plan of a run, and nothing else: tasks that serve no requirement
 * that changed stay as they are, and so does what was begun; where that has to go on, a further task
 * does it, for the new requirements alone.
 *
 * @param rewrites whether the rules made the plan, so that tasks which they would not make any more
 *   are taken out; what a person planned stays
 * @throws AuroraError plan-invalid when the outcome would be no DAG
 */
export function replan(
  current: readonly CurrentTask[],
  requirements: readonly Requirement[],
  change: PlanChange['requirements'],
  facts: RepositoryFacts,
  rewrites: boolean,
): Replanned {
  const wanted = new Set([...change.added, ...change.changed]);
  const gone = new Set(change.withdrawn);
  const existing = new Map(current.map((task) => [task.spec.id, task]));
  const whole = expandRequirements(requirements, facts);
  const anew = requirements.filter(({ id }) => wanted.has(id));
  const part = anew.length === 0 ? [] : expandRequirements(anew, facts).tasks;
  const partOf = new Map(part.map((task) => [task.id, task]));
  const planned = new Set(whole.tasks.map(({ id }) => id));
  const removed = new Set(
    current
      .filter(({ spec, state }) => {
        if (finishedTaskStates.includes(state) || spec.requirements.length === 0) return false;
        if (spec.requirements.every((id) => gone.has(id))) return true;
        const touched = spec.requirements.every((id) => gone.has(id) || wanted.has(id));
        return rewrites && touched && !planned.has(spec.id);
      })
      .map(({ spec }) => spec.id),
  );

  const renamed = new Map<string, string>();
  const added: Task[] = [];
  const changed: Task[] = [];
  for (const task of whole.tasks) {
    const before = existing.get(task.id);
    const serves = task.requirements.filter((id) => wanted.has(id));
    const touched = serves.length > 0 || before?.spec.requirements.some((id) => gone.has(id));
    if (touched !== true || removed.has(task.id)) continue;
    if (before === undefined) added.push(task);
    else if (before.state === 'waiting' && !before.begun) changed.push(kept(task, before.spec));
    else if (serves.length > 0) {
      const id = freeId(task.id, (taken) => existing.has(taken) || planned.has(taken));
      renamed.set(task.id, id);
      const own = partOf.get(task.id) ?? { ...task, requirements: serves };
      added.push({ ...own, id, dependsOn: [...new Set([...task.dependsOn, task.id])] });
    }
  }

  const known = new Set([...existing.keys(), ...added.map(({ id }) => id)]);
  const reasons: Record<string, Record<string, string>> = {};
  const origin = new Map([...renamed].map(([from, to]) => [to, from]));
  const linked = (task: Task): Task => {
    const from = origin.get(task.id) ?? task.id;
    const edges: Record<string, string> = {};
    for (const dependency of task.dependsOn) {
      const now = dependency === from ? dependency : (renamed.get(dependency) ?? dependency);
      if (!known.has(now) || removed.has(now) || now === task.id) continue;
      edges[now] = whole.reasons[from]?.[dependency] ?? `it goes on from what "${from}" did`;
    }
    reasons[task.id] = edges;
    return { ...task, dependsOn: Object.keys(edges) };
  };
  const outcome = {
    ...{ added: added.map(linked), changed: changed.map(linked) },
    ...{ removed: [...removed], reasons },
  };
  refuseCycles(current, outcome);
  return outcome;
}

/** What a person set for a task outlasts its new text. */
function kept(task: Task, before: Task): Task {
  const { agent, maxAttempts, timeout, priority } = before;
  return { ...task, ...(agent === undefined ? {} : { agent }), maxAttempts, timeout, priority };
}

function freeId(id: string, isTaken: (id: string) => boolean): string {
  for (let copy = 2; ; copy++) {
    const wanted = `${id.slice(0, 60)}-${copy}`;
    if (!isTaken(wanted)) return wanted;
  }
}

function refuseCycles(current: readonly CurrentTask[], { added, changed }: Replanned): void {
  const now = new Map(current.map(({ spec }) => [spec.id, spec]));
  for (const task of [...added, ...changed]) now.set(task.id, task);
  const built = buildTaskGraph([...now.values()]);
  if (built.ok) return;
  const problems = built.problems.map(({ message }) => message).join('; ');
  throw new AuroraError('plan-invalid', `The amended plan would be no DAG: ${problems}.`, {
    problems: built.problems,
  });
}
