import { AuroraError } from '../domain/errors.ts';
import { buildTaskGraph, type TaskGraph } from '../domain/task-graph.ts';

export interface DrawnTask {
  readonly id: string;
  readonly title: string;
  readonly agent: string;
  readonly dependsOn: readonly string[];
}

/** A plan as drawings show it: tasks, and for each edge why it is there. */
export interface DrawnPlan {
  readonly graph: TaskGraph<DrawnTask>;
  /** `taskId → dependency → reason`; edges without a reason are missing. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** @throws AuroraError bug when the tasks are no DAG; whoever planned them has checked that */
export function drawnPlan(
  tasks: readonly DrawnTask[],
  reasons: DrawnPlan['reasons'] = {},
): DrawnPlan {
  const built = buildTaskGraph(tasks);
  if (!built.ok) {
    throw new AuroraError('bug', 'What is to be drawn is no DAG.', { problems: built.problems });
  }
  return { graph: built.graph, reasons };
}
