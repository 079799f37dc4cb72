import { closeCircuit, wakeProbes, type FreedTask } from '../storage/circuit-store.ts';
import type { Db } from '../storage/database.ts';
import type { FleetQueues } from './fleet-queues.ts';
import { taskJobId } from './job-names.ts';
import { letGo } from './parking.ts';
import { promoteJob } from './recovery.ts';

const jobIdOf = ({ runId, generation, id, assignment }: FreedTask): string =>
  taskJobId(runId, generation, id, assignment);

/**
 * Lets a suspended agent work again, and all that waits for it go on at once: the record first, then
 * the queue, which the reconciler has follow should we die in between.
 *
 * @returns the runs that were told; null when the agent was not suspended
 */
export async function releaseAgent(
  db: Db,
  queues: FleetQueues,
  agent: string,
  by: string,
): Promise<readonly string[] | null> {
  const released = await closeCircuit(db, agent, by);
  if (released === null) return null;
  await Promise.all([
    letGo(queues, released.unparked),
    ...released.delayed.map((task) => promoteJob(queues.of(task), task.agent, jobIdOf(task))),
  ]);
  return released.told;
}

/** Has a probe made for each suspended agent for which nobody comes to make it. */
export async function nudgeProbes(db: Db, queues: FleetQueues): Promise<void> {
  const woken = await wakeProbes(db);
  await letGo(queues, woken);
}
