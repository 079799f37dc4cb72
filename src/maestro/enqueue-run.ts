import { AuroraError } from '../domain/errors.ts';
import { buildTaskGraph } from '../domain/task-graph.ts';
import { planJobId } from '../queue/job-names.ts';
import { jobOptions, submitFlow, type QueuedTask } from '../queue/run-flow.ts';
import { listDependencies } from '../storage/plan-store.ts';
import { markRunStarted, type Run } from '../storage/run-store.ts';
import { listTasks } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** Has a submitted run planned by whichever Maestro is free. */
export async function enqueuePlanning({ queues }: MaestroDeps, runId: string): Promise<void> {
  await queues.maestro.add('plan', { runId }, { ...jobOptions, jobId: planJobId(runId) });
}

/**
 * Puts what is unfinished of a planned run into the queue as one flow. With the run's current
 * generation this is idempotent; after a lost queue the caller gives the run a new generation first.
 */
export async function enqueueFlow(deps: MaestroDeps, run: Run): Promise<void> {
  const { database, queues } = deps;
  const [tasks, dependencies] = await Promise.all([
    listTasks(database.db, run.id),
    listDependencies(database.db, run.id),
  ]);
  const unfinished = tasks.filter((task) => !['done', 'skipped', 'cancelled'].includes(task.state));
  const ids = new Set(unfinished.map((task) => task.id));
  const dependsOn = new Map(unfinished.map((task) => [task.id, [] as string[]]));
  for (const edge of dependencies) {
    if (ids.has(edge.dependsOn)) dependsOn.get(edge.taskId)?.push(edge.dependsOn);
  }
  const built = buildTaskGraph<QueuedTask>(
    unfinished.map((task) => ({
      id: task.id,
      dependsOn: dependsOn.get(task.id) ?? [],
      agent: task.agent,
      priority: task.spec.priority,
      assignment: task.assignment,
    })),
  );
  if (!built.ok) {
    throw new AuroraError('bug', `The recorded plan of ${run.id} is no DAG.`, {
      problems: built.problems,
    });
  }
  await submitFlow(
    queues.producer,
    queues.maestro,
    { runId: run.id, generation: run.generation },
    built.graph,
  );
  await markRunStarted(database.db, run.id);
  deps.notify(run.id);
}
