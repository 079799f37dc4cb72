import type { Job } from 'bullmq';
import type { FleetQueues, ShardQueues } from './fleet-queues.ts';
import { gateJobId, taskJobId } from './job-names.ts';
import { removePlaceholders } from './placeholders.ts';
import { jobOptions, type TaskJobData } from './run-flow.ts';

/**
 * Parks a job that this process holds, without a worker's slot: behind a gate, a placeholder child
 * that nobody consumes. The record decides whether a task is parked and was committed before; the
 * gate only repeats it. So the order is: gate, then look at the record again, then let go of the job.
 * Whoever frees the task commits that first and removes the gate then; hence either we see the
 * record, or they meet our gate, and no wake-up is lost.
 *
 * Killed in between, the job is delivered again and comes back here; a gate that is there already
 * stays the same one. Killed between the commit and the removal, a freed task is found by the
 * reconciler, which opens the gate (`freeParkedJob`).
 *
 * @param isStillParked asks the record
 * @returns false when there is nothing to wait for any more: look at the task again
 */
export async function parkJob(
  queues: ShardQueues,
  job: Job,
  token: string,
  isStillParked: () => Promise<boolean>,
): Promise<boolean> {
  const jobId = job.id as string;
  const { runId } = job.data as TaskJobData;
  await queues.links.add(
    'gate',
    { runId },
    {
      ...jobOptions,
      jobId: gateJobId(jobId),
      // With a priority the placeholder sits in a sorted set, where removal is O(log n).
      priority: 1,
      parent: { id: jobId, queue: job.queueQualifiedName },
    },
  );
  if (await isStillParked()) return job.moveToWaitingChildren(token);
  await openGate(queues, jobId);
  return false;
}

/** Removes the gate of a job, if there is one, which releases the job when it waits behind it. */
export async function openGate(queues: ShardQueues, jobId: string): Promise<void> {
  await removePlaceholders(queues, [gateJobId(jobId)]);
}

/** Lets tasks of any runs go on that the record has freed. */
export async function letGo(
  queues: FleetQueues,
  tasks: readonly {
    readonly runId: string;
    readonly id: string;
    readonly assignment: number;
    readonly shard: number;
    readonly generation: number;
  }[],
): Promise<void> {
  await Promise.all(
    tasks.map((task) =>
      openGate(queues.of(task), taskJobId(task.runId, task.generation, task.id, task.assignment)),
    ),
  );
}

/** Lets tasks that the record has freed go on. Doing it again is harmless. */
export async function openGates(
  queues: ShardQueues,
  run: { readonly id: string; readonly generation: number },
  tasks: readonly { readonly id: string; readonly assignment: number }[],
): Promise<void> {
  await removePlaceholders(
    queues,
    tasks.map((task) => gateJobId(taskJobId(run.id, run.generation, task.id, task.assignment))),
  );
}
