import { maxParts, type Split } from './split.ts';
import { buildTaskGraph } from './task-graph.ts';
import { taskSchema, type Task } from './task.ts';

/** How many splits a task may come from and still be split: parts of parts are not. */
const maxSplitDepth = 2;
/** Most parts of all tasks of a run together. */
const maxPartsOfRun = 1_000;
/** Longest id of a task. */
const maxIdLength = 64;

/** A task that is to be split. */
export interface Divisible {
  readonly spec: Task;
  /** How many splits it comes from; 0 for a task of the plan. */
  readonly splitDepth: number;
  /** How many parts it has already. */
  readonly parts: number;
}

/** What the rest of the run says about it. */
export interface Surroundings {
  /** How many parts all its tasks have together. */
  readonly parts: number;
  readonly isTaken: (taskId: string) => boolean;
}

export type Division =
  | { readonly ok: true; readonly parts: readonly Task[] }
  /** All that is wrong with it, in words. */
  | { readonly ok: false; readonly why: string };

/**
 * Makes tasks of the parts that are proposed for a task: named after it, and as it is in what they do
 * not say themselves. Its own check stays with it, since it speaks of the whole. Those that come first
 * depend on what the task depended on. Pure.
 */
export function divideTask(task: Divisible, split: Split, run: Surroundings): Division {
  const problems = [...limitsPassed(task, split, run), ...flaws(task, split)];
  if (problems.length > 0) return { ok: false, why: problems.join('; ') };
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const { id } of split) {
    const name = nameOf(task.spec.id, id, (one) => used.has(one) || run.isTaken(one));
    used.add(name);
    names.set(id, name);
  }
  return {
    ok: true,
    parts: split.map((part) => toTask(task.spec, part, names)),
  };
}

function limitsPassed(task: Divisible, split: Split, run: Surroundings): string[] {
  const problems: string[] = [];
  if (task.splitDepth >= maxSplitDepth) {
    problems.push(`it comes from ${maxSplitDepth} splits itself, which is the limit`);
  }
  if (task.parts + split.length > maxParts) {
    problems.push(`with ${task.parts + split.length} parts it would have more than ${maxParts}`);
  }
  if (run.parts + split.length > maxPartsOfRun) {
    problems.push(`the tasks of the run would have more than ${maxPartsOfRun} parts`);
  }
  return problems;
}

function flaws({ spec }: Divisible, split: Split): string[] {
  const built = buildTaskGraph(split);
  const inGraph = built.ok
    ? []
    : built.problems.map(({ path, message }) => `${path.replace('tasks', 'parts')}: ${message}`);
  const foreign = split.flatMap(({ id, requirements = [] }) =>
    requirements
      .filter((requirement) => !spec.requirements.includes(requirement))
      .map((requirement) => `part "${id}" serves ${requirement}, which the task does not`),
  );
  return [...inGraph, ...foreign];
}

/** `task--part`; of a very long name the beginning, and numbered when it is taken. */
function nameOf(task: string, part: string, isTaken: (id: string) => boolean): string {
  for (let copy = 1; ; copy++) {
    const ending = copy === 1 ? `--${part}` : `--${part}-${copy}`;
    const name = `${task.slice(0, maxIdLength - ending.length)}${ending}`;
    if (!isTaken(name)) return name;
  }
}

function toTask(whole: Task, part: Split[number], names: ReadonlyMap<string, string>): Task {
  const { role, agent, dependsOn, ...said } = part;
  const { scope, priority, maxAttempts, timeout, idleTimeout, requirements } = whole;
  const isRouted = role !== undefined || agent !== undefined;
  // What the task asks of its agent may fit no other.
  const isAlike = agent === undefined && (role === undefined || role === whole.role);
  return taskSchema.parse({
    ...{ scope, priority, maxAttempts, timeout, idleTimeout, requirements },
    ...(isRouted ? { role, agent } : { role: whole.role, agent: whole.agent }),
    ...(isAlike ? { capabilities: whole.capabilities } : {}),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    id: names.get(part.id),
    dependsOn: dependsOn.length === 0 ? whole.dependsOn : dependsOn.map((id) => names.get(id)),
  });
}
