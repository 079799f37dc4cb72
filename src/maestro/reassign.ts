import { queuePriority } from '../domain/run-limits.ts';
import { taskJobId } from '../queue/job-names.ts';
import { freeParkedJob } from '../queue/recovery.ts';
import { replaceTaskJob } from '../queue/replace-job.ts';
import { controlTopic, type ControlOrder } from '../queue/topics.ts';
import {
  listPendingReplacements,
  markReplaced,
  reassignTask,
  type Reassignment,
  type ReassignmentDraft,
} from '../storage/reassignment-store.ts';
import { getRun, type Run } from '../storage/run-store.ts';
import { getTask, listReleasedDependencies } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Gives a task to an agent: the record first, then the queue. A crash in between is healed by
 * {@link settleReassignments}.
 *
 * @returns false when the task was decided upon, claimed or finished meanwhile
 */
export async function reassign(deps: MaestroDeps, draft: ReassignmentDraft): Promise<boolean> {
  const { database, queues, notify, log } = deps;
  if (!(await reassignTask(database.db, draft))) return false;
  const { runId, taskId, agent, reason } = draft;
  log.info({ runId, taskId, agent }, `task goes to another agent: ${reason}`);
  // A worker that has the task learns of it now; should this be lost, with its next sign of life.
  await queues.relay.publish(controlTopic(runId), { action: 'reassign' } satisfies ControlOrder);
  await settleReassignments(deps, await getRun(database.db, runId));
  notify(runId);
  return true;
}

/**
 * Has the queue follow the record in what it has not followed yet. Idempotent; the reconciler calls it
 * for every open run.
 *
 * @returns lost when the queue has no job at all for one of the tasks: the flow must be built again
 */
export async function settleReassignments(
  deps: MaestroDeps,
  run: Run,
): Promise<'settled' | 'lost'> {
  for (const each of await listPendingReplacements(deps.database.db, run.id)) {
    if ((await settle(deps, run, each)) === 'lost') return 'lost';
  }
  return 'settled';
}

async function settle(
  { database, queues }: MaestroDeps,
  run: Run,
  { runId, taskId, assignment, fromAgent, toAgent }: Reassignment,
): Promise<'replaced' | 'held' | 'parked' | 'lost'> {
  const { spec } = await getTask(database.db, runId, taskId);
  const { generation } = run;
  const task = { runId, generation, taskId };
  const shard = queues.of(run);
  const replace = () =>
    replaceTaskJob(
      shard,
      task,
      { agent: fromAgent, assignment: assignment - 1 },
      { agent: toAgent, assignment, priority: queuePriority(run, spec) },
    );
  let outcome = await replace();
  if (outcome === 'parked') {
    // By the record its dependencies may be finished, while the queue still holds it back.
    const dependencies = await listReleasedDependencies(database.db, runId, taskId);
    const oldId = taskJobId(runId, generation, taskId, assignment - 1);
    await freeParkedJob(shard, fromAgent, oldId, { ...task, dependencies });
    outcome = await replace();
  }
  if (outcome === 'replaced') await markReplaced(database.db, { runId, taskId, assignment });
  return outcome;
}
