import { maxDepth } from '../../domain/plan.ts';
import { buildTaskGraph } from '../../domain/task-graph.ts';
import type { LooseTask } from './loose-plan.ts';
import type { PlanProblem } from './plan-problem.ts';
import { didYouMean } from './suggestion.ts';

/** Comparing a wrong id with 20,000 others takes milliseconds; a plan full of them must not hang. */
const maxSuggestions = 50;

/** Duplicate ids, unknown dependencies, self-edges, cycles, and chains that are too long. */
export function graphProblems(tasks: readonly LooseTask[]): PlanProblem[] {
  // A task without a usable id still has dependencies to check; no real id starts with a space.
  const nodes = tasks.map(({ id, dependsOn }, index) => ({
    id: id ?? ` ${index}`,
    dependsOn: dependsOn.map(([, dependency]) => dependency),
  }));
  const result = buildTaskGraph(nodes);
  if (result.ok) {
    const { depth } = result.graph;
    if (depth <= maxDepth) return [];
    const message = `the longest chain of dependencies has ${depth} tasks; at most ${maxDepth} are taken`;
    return [{ path: ['tasks'], message }];
  }
  const ids = tasks.flatMap(({ id }) => id ?? []);
  const known = new Set(ids);
  let suggestions = 0;
  return result.problems.map(({ path, message }) => {
    const edge = /^tasks\[(\d+)\]\.dependsOn\[(\d+)\]$/.exec(path);
    if (edge) {
      const task = Number(edge[1]);
      const [position, dependency] = tasks[task]?.dependsOn[Number(edge[2])] ?? [0, ''];
      const unknown = !known.has(dependency) && suggestions++ < maxSuggestions;
      const hint = unknown ? didYouMean(dependency, ids) : '';
      return { path: ['tasks', task, 'dependsOn', position], message: message + hint };
    }
    const task = /^tasks\[(\d+)\]\.id$/.exec(path);
    return { path: task ? ['tasks', Number(task[1]), 'id'] : ['tasks'], message };
  });
}
