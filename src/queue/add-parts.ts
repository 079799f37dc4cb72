import type { Job } from 'bullmq';
import { AuroraError } from '../domain/errors.ts';
import { buildTaskGraph } from '../domain/task-graph.ts';
import type { ShardQueues } from './fleet-queues.ts';
import { maestroQueue, splitJobId } from './job-names.ts';
import {
  growFlow,
  jobOptions,
  type QueuedTask,
  type RunJobData,
  type TaskJobData,
} from './run-flow.ts';

/** The parts of a task that are to be in the queue. */
export interface Parts {
  /** How many the task has by now, over all its splits: names this split. */
  readonly total: number;
  readonly open: readonly QueuedTask[];
}

/**
 * Adds the parts of a task as a flow under the task's own job, which its caller holds: one atomic
 * step, and one bucket that stands for all of them. When that is there nothing is added again: links
 * that are gone would come back. Of two callers at once both could find it missing: the caller sees to
 * it that there is one at a time.
 */
export async function addParts(
  shard: ShardQueues,
  job: Job<TaskJobData>,
  { total, open }: Parts,
): Promise<void> {
  const parentId = job.id as string;
  const jobId = splitJobId(parentId, total);
  if (open.length === 0 || (await shard.maestro.getJob(jobId)) !== undefined) return;
  const { runId, generation } = job.data;
  const built = buildTaskGraph(open);
  if (!built.ok) {
    throw new AuroraError('bug', `The recorded parts of ${parentId} are no DAG.`, {
      problems: built.problems,
    });
  }
  const flow = {
    name: 'parts',
    queueName: maestroQueue,
    data: { runId, generation } satisfies RunJobData,
    opts: { ...jobOptions, jobId, parent: { id: parentId, queue: job.queueQualifiedName } },
  };
  await shard.producer.add(growFlow(flow, { runId, generation }, built.graph));
}
