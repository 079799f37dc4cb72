import { buildTaskGraph } from '../domain/task-graph.ts';
import { AuroraError } from '../domain/errors.ts';

interface Edge {
  readonly taskId: string;
  readonly dependsOn: string;
}

/** The graph of a recorded run; what is in the record was validated when it was planned. */
export function recordedGraph(tasks: readonly { readonly id: string }[], edges: readonly Edge[]) {
  const dependsOn = new Map<string, string[]>(tasks.map(({ id }) => [id, []]));
  for (const edge of edges) dependsOn.get(edge.taskId)?.push(edge.dependsOn);
  const result = buildTaskGraph(
    tasks.map(({ id }) => ({ id, dependsOn: dependsOn.get(id) ?? [] })),
  );
  if (!result.ok)
    throw new AuroraError('bug', 'A recorded plan is not a DAG.', {
      problems: result.problems,
    });
  return result.graph;
}

/** For each task the length of the longest chain that ends in it. */
export function levelsOf(
  tasks: readonly { readonly id: string }[],
  edges: readonly Edge[],
): ReadonlyMap<string, number> {
  return recordedGraph(tasks, edges).level;
}
