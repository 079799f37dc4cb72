import type { FlowJob, JobsOptions, Queue } from 'bullmq';
import type { TaskGraph } from '../domain/task-graph.ts';
import type { GraphNode } from '../domain/task-graph.ts';
import { AuroraError } from '../domain/errors.ts';
import type { ShardQueues } from './fleet-queues.ts';
import {
  agentQueue,
  bucketJobId,
  linkJobId,
  linksQueue,
  maestroQueue,
  runJobId,
  taskJobId,
} from './job-names.ts';
import { lowerGraph, type FlowNode } from './lowering.ts';

/** A task as the queue needs it. */
export interface QueuedTask extends GraphNode {
  readonly agent: string;
  readonly priority: number;
  readonly assignment: number;
}

/** Data of a task's job: pointers into the record, nothing else. */
export interface TaskJobData {
  readonly runId: string;
  readonly generation: number;
  readonly taskId: string;
  readonly assignment: number;
  /** Dependents whose links this task removes when it is finished. */
  readonly links: readonly string[];
}

export interface RunJobData {
  readonly runId: string;
  readonly generation: number;
}

/**
 * Options of every job. A database error inside completion counts as a failed try (measured), so no
 * job has only one; the record decides when a task has finally failed, long before the hundredth.
 * Nothing is removed by itself: removal releases parents.
 */
export const jobOptions = {
  attempts: 100,
  backoff: { type: 'aurora' },
  removeOnComplete: false,
  removeOnFail: false,
} satisfies JobsOptions;

/**
 * Adds a run's whole DAG as one flow, atomically, unless it is there already. Of two callers at once
 * both could find it missing: the caller holds the run's lock.
 *
 * @throws AuroraError queue-unavailable when the flow is not there afterwards
 */
export async function submitFlow(
  { producer, maestro }: Pick<ShardQueues, 'producer' | 'maestro'>,
  run: { readonly runId: string; readonly generation: number },
  graph: TaskGraph<QueuedTask>,
): Promise<void> {
  const rootId = runJobId(run.runId, run.generation);
  // A live tree must never be added twice: links that are gone would come back.
  if ((await maestro.getJob(rootId)) === undefined) {
    await producer.add(toFlowJob(run.runId, run.generation, graph));
    if ((await maestro.getJob(rootId)) === undefined) {
      throw new AuroraError(
        'queue-unavailable',
        `The queue did not keep the flow of ${run.runId}.`,
      );
    }
  }
}

/** The flow as BullMQ takes it. */
function toFlowJob(runId: string, generation: number, graph: TaskGraph<QueuedTask>): FlowJob {
  const { roots, links } = lowerGraph(graph);
  const convert = (node: FlowNode, parentId: string): FlowJob => {
    switch (node.kind) {
      case 'link':
        return {
          name: 'link',
          queueName: linksQueue,
          data: { runId },
          // With a priority the placeholder sits in a sorted set, where removal is O(log n).
          opts: {
            ...jobOptions,
            jobId: linkJobId(runId, generation, node.from, node.to),
            priority: 1,
          },
        };
      case 'bucket': {
        const jobId = bucketJobId(parentId, node.index);
        return {
          name: 'bucket',
          queueName: maestroQueue,
          data: { runId, generation } satisfies RunJobData,
          opts: { ...jobOptions, jobId },
          children: node.children.map((child) => convert(child, jobId)),
        };
      }
      case 'task': {
        const task = graph.byId.get(node.id) as QueuedTask;
        const jobId = taskJobId(runId, generation, task.id, task.assignment);
        return {
          name: task.id,
          queueName: agentQueue(task.agent),
          data: {
            runId,
            generation,
            taskId: task.id,
            assignment: task.assignment,
            links: links.get(task.id) ?? [],
          } satisfies TaskJobData,
          opts: { ...jobOptions, jobId, priority: task.priority },
          children: node.children.map((child) => convert(child, jobId)),
        };
      }
    }
  };
  const rootId = runJobId(runId, generation);
  return {
    name: 'run',
    queueName: maestroQueue,
    data: { runId, generation } satisfies RunJobData,
    opts: { ...jobOptions, jobId: rootId },
    children: roots.map((node) => convert(node, rootId)),
  };
}

/** Removes the links of a finished task, which releases its dependents. Doing it again is harmless. */
export async function releaseLinks(links: Queue, data: TaskJobData): Promise<void> {
  await Promise.all(
    data.links.map((dependent) =>
      links.remove(linkJobId(data.runId, data.generation, data.taskId, dependent), {
        removeChildren: false,
      }),
    ),
  );
}
