import { AuroraError } from '../domain/errors.ts';
import { finishedTaskStates } from '../domain/task.ts';
import { queuePriority } from '../domain/run-limits.ts';
import { buildTaskGraph } from '../domain/task-graph.ts';
import { planJobId } from '../queue/job-names.ts';
import { jobOptions, submitFlow, type QueuedTask } from '../queue/run-flow.ts';
import type { DbOrTx } from '../storage/database.ts';
import { markQueued } from '../storage/part-queue-store.ts';
import { listFlowTasks } from '../storage/plan-store.ts';
import { markAllReplaced } from '../storage/reassignment-store.ts';
import { markFlowAdded, nextGeneration, withRunLocked, type Run } from '../storage/run-store.ts';
import { listFinished } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** Has a submitted run planned by whichever Maestro is free. */
export async function enqueuePlanning({ queues }: MaestroDeps, run: Run): Promise<void> {
  const { maestro } = queues.of(run);
  await maestro.add('plan', { runId: run.id }, { ...jobOptions, jobId: planJobId(run.id) });
}

/**
 * Puts a planned run into the queue as one flow; a run that is not (or no longer) waiting for that,
 * or whose plan nobody has approved yet, stays as it is. One process at a time: of two, the slower would bring links back that the tasks
 * have removed by then.
 */
export async function enqueueFlow(deps: MaestroDeps, runId: string): Promise<void> {
  const fits = await withRunLocked(deps.database.db, runId, async (tx, run) =>
    run.state === 'planned' && run.approval !== 'pending' ? addFlow(deps, tx, run) : true,
  );
  if (!fits) return rebuildFlow(deps, runId);
  deps.notify(runId);
}

/** Goes on with a flow whose adding was interrupted. */
export async function resumeFlow(deps: MaestroDeps, runId: string): Promise<void> {
  const fits = await withRunLocked(deps.database.db, runId, async (tx, run) =>
    run.flowGeneration === run.generation ? true : addFlow(deps, tx, run),
  );
  if (!fits) await rebuildFlow(deps, runId);
}

/** Puts what is unfinished of a run into the queue again, under new ids; the old flow is void. */
export async function rebuildFlow(deps: MaestroDeps, runId: string): Promise<void> {
  const { database, log, notify } = deps;
  // Committed first: jobs of the new flow would be void while the record names the old one.
  const generation = await nextGeneration(database.db, runId);
  log.warn({ runId, generation }, 'the queue lost jobs of the run; building its flow again');
  await withRunLocked(database.db, runId, async (tx, run) => {
    // First: a reassignment that comes after this look at the tasks must not count as followed.
    await markAllReplaced(tx, runId);
    await addFlow(deps, tx, run);
  });
  notify(runId);
}

/** @returns false when the record has changed since the flow was begun: it needs a new generation */
async function addFlow({ queues }: MaestroDeps, tx: DbOrTx, run: Run): Promise<boolean> {
  const tasks = await listFlowTasks(tx, run.id);
  // The first flow has the whole plan, so that going on with it after a crash finds the same graph.
  const queued = tasks.filter((task) =>
    run.generation === 0 ? task.parentId === null : !finishedTaskStates.includes(task.state),
  );
  const ids = new Set(queued.map((task) => task.id));
  const built = buildTaskGraph<QueuedTask>(
    queued.map(({ id, agent, assignment, dependsOn, ...task }) => ({
      ...{ id, agent, assignment, priority: queuePriority(run, task) },
      dependsOn: dependsOn.filter((dependency) => ids.has(dependency)),
    })),
  );
  if (!built.ok) {
    throw new AuroraError('bug', `The recorded plan of ${run.id} is no DAG.`, {
      problems: built.problems,
    });
  }
  const { id: runId, generation } = run;
  const parts = queued.flatMap(({ id, queued: isQueued }) => (isQueued ? [] : [id]));
  const fits = await submitFlow(queues.of(run), { runId, generation }, built.graph, (taskIds) =>
    listFinished(tx, runId, taskIds),
  );
  if (fits) {
    await markFlowAdded(tx, run);
    await markQueued(tx, run.id, parts);
  }
  return fits;
}
