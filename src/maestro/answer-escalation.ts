import { AuroraError } from '../domain/errors.ts';
import type { EscalationAction } from '../domain/escalation.ts';
import { handOutRoom } from '../queue/hand-out-room.ts';
import { taskJobId } from '../queue/job-names.ts';
import { openGates } from '../queue/parking.ts';
import { reviveJob } from '../queue/recovery.ts';
import { getEscalation, resolveEscalation, type Escalation } from '../storage/escalation-store.ts';
import { listUnparked } from '../storage/park-store.ts';
import { refreshBlocked } from '../storage/refresh-blocked.ts';
import { getRun } from '../storage/run-store.ts';
import { getTask } from '../storage/task-store.ts';
import { drainRun } from './run-control.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { settleReassignments } from './reassign.ts';
import { voidPublications } from './void-publications.ts';

/**
 * Answers an escalation: the record first, exactly once; then the task's job goes back to work. Who
 * dies in between is followed by the reconciler.
 *
 * @throws AuroraError escalation-not-found, agent-unknown, request-invalid; state-conflict when it was
 *   answered already
 */
export async function answerEscalation(
  deps: MaestroDeps,
  id: string,
  action: EscalationAction,
): Promise<Escalation> {
  const { database } = deps;
  await refuseIncapable(deps, id, action);
  const escalation = await resolveEscalation(database.db, id, action);
  const { runId, taskId } = escalation;
  await refreshBlocked(database.db, runId);
  await follow(deps, runId, taskId, action);
  deps.notify(runId);
  return escalation;
}

/** Has the queue follow what the record says by now. Doing it again is harmless. */
async function follow(
  deps: MaestroDeps,
  runId: string,
  taskId: string,
  { action, ...rest }: EscalationAction,
): Promise<void> {
  const { database, queues } = deps;
  const run = await getRun(database.db, runId);
  if (action === 'abort') return drainRun(deps, run);
  if (action === 'skip') await voidPublications(deps, runId);
  if ('agent' in rest) await settleReassignments(deps, run);
  if (action === 'raise') {
    await openGates(queues.of(run), run, await listUnparked(database.db, runId));
    // Room that came free meanwhile was not given to it.
    return handOutRoom(database.db, queues, runId);
  }
  const task = await getTask(database.db, runId, taskId);
  const jobId = taskJobId(runId, run.generation, taskId, task.assignment);
  await openGates(queues.of(run), run, [task]);
  await reviveJob(queues.of(run), task.agent, jobId);
}

/** The agent that would have the task must be able to do it. */
async function refuseIncapable(
  { database, agents }: MaestroDeps,
  id: string,
  action: EscalationAction,
): Promise<void> {
  if (action.action !== 'reassign' && action.action !== 'edit') return;
  const { runId, taskId } = await getEscalation(database.db, id);
  const task = await getTask(database.db, runId, taskId);
  const name = action.agent ?? task.agent;
  const needed =
    action.action === 'edit'
      ? (action.changes.capabilities ?? task.spec.capabilities)
      : task.spec.capabilities;
  const agent = agents.find((each) => each.name === name);
  if (agent === undefined) {
    throw new AuroraError('agent-unknown', `No agent is called "${name}".`);
  }
  const missing = needed.filter((capability) => !agent.capabilities.includes(capability));
  if (missing.length > 0) {
    throw new AuroraError(
      'request-invalid',
      `Agent "${name}" cannot do "${taskId}": it lacks ${missing.join(', ')}.`,
    );
  }
}
