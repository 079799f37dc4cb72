import type { PlanInput } from '../src/domain/plan.ts';

/** Tasks per layer; each depends on up to two tasks of the layer before, so about 2 edges a task. */
const width = 20;

/** A plan of `count` tasks in layers, always the same for the same count. */
export function layeredPlan(count: number): PlanInput & { tasks: object[] } {
  return {
    version: 1,
    title: `${count} tasks that do nothing`,
    tasks: Array.from({ length: count }, (_, index) => {
      const above = index - width;
      const other = above - (above % width) + ((above * 7 + 3) % width);
      const dependsOn = above < 0 ? [] : [...new Set([above, other])].map((each) => `task-${each}`);
      return { id: `task-${index}`, title: `Task ${index}`, role: 'backend' as const, dependsOn };
    }),
  };
}
