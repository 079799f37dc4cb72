import fc from 'fast-check';
import type { GraphNode } from '../../src/domain/task-graph.ts';

/** Random DAGs: each task depends on a random set of tasks before it; given in random order. */
export const randomDag = (maxTasks: number): fc.Arbitrary<GraphNode[]> =>
  fc
    .integer({ min: 1, max: maxTasks })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, index) =>
          fc.subarray(
            Array.from({ length: index }, (_unused, before) => `t${before}`),
            { maxLength: Math.min(index, 6) },
          ),
        ),
      ),
    )
    .map((edges) => edges.map((dependsOn, index) => ({ id: `t${index}`, dependsOn })))
    .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));
