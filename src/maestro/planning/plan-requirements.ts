import type { LooseTask } from './loose-plan.ts';
import type { PlanProblem } from './plan-problem.ts';
import { didYouMean } from './suggestion.ts';

const maxSuggestions = 50;

/** Duplicate requirement ids, and tasks that serve requirements that the plan does not have. */
export function requirementProblems(
  tasks: readonly LooseTask[],
  ids: readonly (string | undefined)[],
): PlanProblem[] {
  const known = new Set<string>();
  const problems: PlanProblem[] = [];
  ids.forEach((id, index) => {
    if (id === undefined) return;
    if (known.has(id)) {
      problems.push({
        path: ['requirements', index, 'id'],
        message: `"${id}" is used by an earlier requirement; ids must be unique`,
      });
    }
    known.add(id);
  });
  const names = [...known];
  let suggestions = 0;
  tasks.forEach((task, index) => {
    for (const [position, id] of task.requirements) {
      if (known.has(id)) continue;
      const hint = suggestions++ < maxSuggestions ? didYouMean(id, names) : '';
      problems.push({
        path: ['tasks', index, 'requirements', position],
        message: `no requirement has the id "${id}"${hint}`,
      });
    }
  });
  return problems;
}
