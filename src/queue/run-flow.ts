import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FlowJob, JobsOptions } from 'bullmq';
import type { GraphNode, TaskGraph } from '../domain/task-graph.ts';
import { AuroraError } from '../domain/errors.ts';
import type { ShardQueues } from './fleet-queues.ts';
import { parentsFirst, sliceFlow } from './flow-slices.ts';
import {
  agentQueue,
  bucketJobId,
  sliceGateJobId,
  linkJobId,
  linksQueue,
  maestroQueue,
  partJobId,
  runJobId,
  taskJobId,
} from './job-names.ts';
import { removePlaceholders } from './placeholders.ts';
import { lowerGraph, type FlowNode, type LoweredFlow } from './lowering.ts';

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

/** Data of the root of a flow. */
interface RootJobData extends RunJobData {
  /** Of the graph that the flow was made from: a flow is gone on with only under the same one. */
  readonly digest: string;
}

interface LinkJobData {
  readonly runId: string;
  readonly from: string;
  readonly to: string;
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

/** Jobs that are added in one atomic step: the queue's server does nothing else meanwhile. */
const sliceSize = 200;

/**
 * Adds a run's whole DAG as one flow, in slices; what a crash has left undone of it is added by
 * calling again. A slice that is there is never added twice: links that are gone would come back. Of
 * two callers at once both could find one missing: the caller holds the run's lock.
 *
 * @param finishedAmong which of these tasks are finished in the record by now
 * @returns false when a flow was begun under this generation that was made from another graph
 * @throws AuroraError queue-unavailable when the flow is not there afterwards
 */
export async function submitFlow(
  shard: ShardQueues,
  run: { readonly runId: string; readonly generation: number },
  graph: TaskGraph<QueuedTask>,
  finishedAmong: (taskIds: readonly string[]) => Promise<readonly string[]>,
): Promise<boolean> {
  const { maestro } = shard;
  const rootId = runJobId(run.runId, run.generation);
  const digest = digestOf(graph);
  const begun = await maestro.getJob(rootId);
  if (begun !== undefined && (begun.data as RootJobData).digest !== digest) return false;

  const { runId, generation } = run;
  // Of a large plan each of these takes a tenth of a second; others have their turn in between.
  const lowered = lowerGraph(graph);
  await nextTurn();
  const root: FlowJob = {
    name: 'run',
    queueName: maestroQueue,
    data: { runId, generation, digest } satisfies RootJobData,
    opts: { ...jobOptions, jobId: rootId },
  };
  const flow = growFlow(root, run, graph, lowered);
  await nextTurn();
  const slices = sliceFlow(flow, sliceSize, {
    gate: (of) => toGate(runId, of.opts?.jobId as string),
    bucket: (parent, position, children) => ({
      ...toBucket(run, partJobId(parent.opts?.jobId as string, position)),
      children,
    }),
  });
  for (const { job, under } of slices) {
    const queue = shard.open(job.queueName);
    const jobId = job.opts?.jobId as string;
    if ((await queue.getJob(jobId)) === undefined) {
      const parent = under && {
        id: under.parent.opts?.jobId as string,
        queue: shard.open(under.parent.queueName).qualifiedName,
      };
      await shard.producer.add(parent ? { ...job, opts: { ...job.opts, parent } } : job);
    }
    // Tasks that finished before their links were here have removed nothing: it is done for them.
    const links = parentsFirst(job)
      .filter((each) => each.name === 'link')
      .map((each) => each.data as LinkJobData);
    const finished = new Set(
      links.length === 0 ? [] : await finishedAmong(links.map((link) => link.from)),
    );
    const released = links.filter((link) => finished.has(link.from));
    await removePlaceholders(shard, [
      ...released.map((link) => linkJobId(runId, generation, link.from, link.to)),
      ...(under ? [under.gateId] : []),
    ]);
  }
  if ((await maestro.getJob(rootId)) === undefined) {
    throw new AuroraError('queue-unavailable', `The queue did not keep the flow of ${runId}.`);
  }
  return true;
}

/** The same for the same tasks, assignments and edges, whatever has become of the tasks. */
function digestOf(graph: TaskGraph<QueuedTask>): string {
  const hash = createHash('sha256');
  for (const task of graph.order) {
    hash.update(JSON.stringify([task.id, task.agent, task.assignment, [...task.dependsOn].sort()]));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Hangs a DAG under a job, as BullMQ takes it. Not recursive: a chain of tasks may be longer than the
 * stack.
 */
export function growFlow(
  root: FlowJob,
  data: RunJobData,
  graph: TaskGraph<QueuedTask>,
  lowered = lowerGraph(graph),
): FlowJob {
  const open: { job: FlowJob; children: readonly FlowNode[] }[] = [
    { job: root, children: lowered.roots },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { job, children } = next;
    job.children = children.map((node) => {
      const child = toJob(data, graph, lowered, node, job.opts?.jobId as string);
      if (node.kind !== 'link') open.push({ job: child, children: node.children });
      return child;
    });
  }
  return root;
}

function toJob(
  { runId, generation }: RunJobData,
  graph: TaskGraph<QueuedTask>,
  { links }: LoweredFlow,
  node: FlowNode,
  parentId: string,
): FlowJob {
  switch (node.kind) {
    case 'link':
      return toPlaceholder(linkJobId(runId, generation, node.from, node.to), 'link', {
        ...{ runId, from: node.from, to: node.to },
      } satisfies LinkJobData);
    case 'bucket':
      return toBucket({ runId, generation }, bucketJobId(parentId, node.index));
    case 'task': {
      const task = graph.byId.get(node.id) as QueuedTask;
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
        opts: {
          ...jobOptions,
          jobId: taskJobId(runId, generation, task.id, task.assignment),
          priority: task.priority,
        },
      };
    }
  }
}

function toBucket(data: RunJobData, jobId: string): FlowJob {
  const { runId, generation } = data;
  return {
    name: 'bucket',
    queueName: maestroQueue,
    data: { runId, generation } satisfies RunJobData,
    opts: { ...jobOptions, jobId },
  };
}

function toGate(runId: string, jobId: string): FlowJob {
  return toPlaceholder(sliceGateJobId(jobId), 'gate', { runId });
}

/** With a priority the placeholder sits in a sorted set, where removal is O(log n). */
function toPlaceholder(jobId: string, name: 'link' | 'gate', data: object): FlowJob {
  return { name, queueName: linksQueue, data, opts: { ...jobOptions, jobId, priority: 1 } };
}

/** Removes the links of a finished task, which releases its dependents. Doing it again is harmless. */
export async function releaseLinks(queues: ShardQueues, data: TaskJobData): Promise<void> {
  const { runId, generation, taskId, links } = data;
  await removePlaceholders(
    queues,
    links.map((dependent) => linkJobId(runId, generation, taskId, dependent)),
  );
}
