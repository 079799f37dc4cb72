import type { Job } from 'bullmq';
import type { ShardQueues } from './fleet-queues.ts';
import { taskJobId } from './job-names.ts';
import { jobOptions, type TaskJobData } from './run-flow.ts';

/** Where a task went: the assignment that carries it now. */
export interface Replacement {
  readonly agent: string;
  readonly assignment: number;
  readonly priority: number;
}

/**
 * Adds the job of a task's newer assignment beside the job of an older one, under the same parent.
 * Before the old one may complete or go: its parent would be released too early. Doing it again is
 * harmless.
 */
export async function addReplacement(
  queues: ShardQueues,
  old: Job<TaskJobData>,
  { agent, assignment, priority }: Replacement,
): Promise<void> {
  const { runId, generation, taskId, links } = old.data;
  const parent = old.parent as { readonly id: string; readonly queueKey: string };
  await queues
    .agent(agent)
    .add(taskId, { runId, generation, taskId, assignment, links } satisfies TaskJobData, {
      ...jobOptions,
      jobId: taskJobId(runId, generation, taskId, assignment),
      priority,
      parent: { id: parent.id, queue: parent.queueKey },
    });
}

/**
 * Lets the queue follow a reassignment: the replacement first, then the old job goes. One that is
 * being worked on stays, and steps aside when its worker finds out; one that still waits for its
 * children stays until it is released.
 *
 * @returns replaced when there is nothing left to do; held or parked when the old job is still there;
 *   lost when neither job is
 */
export async function replaceTaskJob(
  queues: ShardQueues,
  task: Pick<TaskJobData, 'runId' | 'generation' | 'taskId'>,
  from: { readonly agent: string; readonly assignment: number },
  to: Replacement,
): Promise<'replaced' | 'held' | 'parked' | 'lost'> {
  const idOf = (assignment: number) =>
    taskJobId(task.runId, task.generation, task.taskId, assignment);
  const oldId = idOf(from.assignment);
  const old: Job<TaskJobData> | undefined = await queues.agent(from.agent).getJob(oldId);
  if (old === undefined || (await old.isCompleted())) {
    const replacement = await queues.agent(to.agent).getJob(idOf(to.assignment));
    return replacement === undefined ? 'lost' : 'replaced';
  }
  if (await old.isWaitingChildren()) return 'parked';
  await addReplacement(queues, old, to);
  // Refused while somebody holds it.
  const removed = await queues.agent(from.agent).remove(oldId, { removeChildren: false });
  return removed === 1 ? 'replaced' : 'held';
}
