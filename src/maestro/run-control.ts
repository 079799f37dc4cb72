import { openGates } from '../queue/parking.ts';
import { controlTopic, type ControlOrder } from '../queue/topics.ts';
import { promoteJob, reviveJob } from '../queue/recovery.ts';
import { taskJobId } from '../queue/job-names.ts';
import { resolveEscalation, type Escalation } from '../storage/escalation-store.ts';
import { finishRun, getRun, refreshBlocked, requestAbort, type Run } from '../storage/run-store.ts';
import { getTask, listTasks, type TaskRow } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

const jobIdOf = (run: Run, task: TaskRow) =>
  taskJobId(run.id, run.generation, task.id, task.assignment);

/**
 * Aborts a run: the flag in the record is what counts, and whoever claims a task honours it; then
 * what waits is woken so that the flow drains, and what runs is told to stop.
 *
 * @throws AuroraError run-not-found, state-conflict
 */
export async function abortRun(deps: MaestroDeps, runId: string): Promise<void> {
  const { database, queues } = deps;
  const { run, unparked } = await requestAbort(database.db, runId);
  if (run.state === 'submitted') await finishRun(database.db, runId, 'cancelled');
  await queues.relay.publish(controlTopic(runId), { action: 'abort' } satisfies ControlOrder);
  for (const task of await listTasks(database.db, runId)) {
    if (task.state === 'failed') await reviveJob(queues.of(run), task.agent, jobIdOf(run, task));
    if (task.state === 'waiting' && task.retryAt !== null) {
      await promoteJob(queues.of(run), task.agent, jobIdOf(run, task));
    }
  }
  await openGates(queues.of(run).links, run, unparked);
  deps.notify(runId);
}

/**
 * Answers an escalation: the record first, then the parked job goes back to work.
 *
 * @throws AuroraError state-conflict when it was answered already
 */
export async function answerEscalation(
  deps: MaestroDeps,
  id: string,
  action: 'retry' | 'skip',
  note?: string,
): Promise<Escalation> {
  const { database, queues } = deps;
  const escalation = await resolveEscalation(database.db, id, action, note);
  const run = await getRun(database.db, escalation.runId);
  const task = await getTask(database.db, escalation.runId, escalation.taskId);
  await refreshBlocked(database.db, run.id);
  await reviveJob(queues.of(run), task.agent, jobIdOf(run, task));
  deps.notify(run.id);
  return escalation;
}
