import type { Worker } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import type { Parts } from '../../src/queue/add-parts.ts';
import { serveAgent, type TaskDelivery, type TaskVerdict } from '../../src/queue/agent-worker.ts';
import type { ShardQueues } from '../../src/queue/fleet-queues.ts';
import { runJobId } from '../../src/queue/job-names.ts';
import { serveMaestro } from '../../src/queue/maestro-worker.ts';
import { returnJobs } from '../../src/queue/recovery.ts';
import { removeFlow } from '../../src/queue/remove-flow.ts';
import { submitFlow, type QueuedTask, type TaskJobData } from '../../src/queue/run-flow.ts';
import { Slots } from '../../src/queue/slots.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestQueues } from '../support/queues.ts';
import { waitFor } from '../support/wait-for.ts';

/** Where the process that holds the job of a task which was split dies (or is frozen). */
const places = ['before the parts', 'after the parts', 'when they are done'] as const;
type Place = (typeof places)[number];

describeEachBackend('the parts of a task', (backend) => {
  let open: Awaited<ReturnType<typeof openTestQueues>>;
  let shard: ShardQueues;
  const workers: Worker[] = [];
  const ended = new Set<string>();
  const work = new Map<string, (data: TaskJobData, at: TaskDelivery) => Promise<TaskVerdict>>();
  /** Lets processes that were frozen go on. */
  const thaw: (() => void)[] = [];

  beforeAll(async () => {
    open = await openTestQueues(backend);
    shard = open.queues.of({ shard: 0 });
    workers.push(
      serveAgent(shard, {
        ...{ agent: 'many', concurrency: 60, slots: new Slots(60) },
        run: async (data, at) =>
          (await work.get(data.runId)?.(data, at)) ?? { kind: 'stale', everParked: false },
        // A process that thaws finds its lock gone; that it says so is all it can still do.
        ...{ onError: () => undefined, onIdle: () => undefined },
      }),
      serveMaestro(shard, {
        plan: async () => undefined,
        finalise: async (runId) => void ended.add(runId),
        onError: (error) => {
          throw error;
        },
      }),
    );
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  });
  afterAll(async () => {
    for (const each of thaw) each();
    await Promise.all(workers.map((worker) => worker.close()));
    await open.close();
  });

  const toTask = (id: string, ...dependsOn: string[]): QueuedTask => ({
    ...{ id, dependsOn, agent: 'many', priority: 5, assignment: 1 },
  });
  // An edge of each kind: primary, link, and one that others imply.
  const parts = [toTask('a'), toTask('b', 'a'), toTask('c', 'a'), toTask('d', 'a', 'b', 'c')];

  /** A task that is split, and one behind it; who holds its job dies at one place, or nowhere. */
  const live = async (runId: string, diesAt?: Place) => {
    const done: string[] = [];
    let dead = false;
    const pass = async (place: Place, { lockToken }: TaskDelivery) => {
      if (place === 'when they are done' && diesAt === place && !dead) {
        await waitFor(() => done.length === parts.length, { what: `the parts of ${runId}` });
      }
      if (place !== diesAt || dead) return;
      dead = true;
      await returnJobs(shard, ['many'], [lockToken]);
      await new Promise<void>((resolve) => thaw.push(resolve));
    };
    work.set(runId, async ({ taskId }, at) => {
      const isOpen = ({ id }: QueuedTask) => !done.includes(id);
      if (taskId !== 'whole' || !parts.some(isOpen)) {
        expect(
          parts.find(({ id }) => id === taskId)?.dependsOn.filter((id) => !done.includes(id)) ?? [],
        ).toEqual([]);
        // When the queue stumbles over a completion it delivers once more what the record has as done.
        if (!done.includes(taskId)) done.push(taskId);
        return { kind: 'finished', everParked: false };
      }
      const withParts = async (add: (given: Parts) => Promise<void>) => {
        await pass('before the parts', at);
        const left = new Set(parts.filter(isOpen).map(({ id }) => id));
        await add({
          total: parts.length,
          open: parts
            .filter(isOpen)
            .map((part) => ({ ...part, dependsOn: part.dependsOn.filter((id) => left.has(id)) })),
        });
        await pass('after the parts', at);
        await pass('when they are done', at);
      };
      return { kind: 'split', everParked: false, withParts };
    });
    const built = buildTaskGraph([toTask('whole'), toTask('after', 'whole')]);
    if (!built.ok) throw new Error('not a DAG');
    await submitFlow(shard, { runId, generation: 0 }, built.graph, async () => []);
    await waitFor(() => ended.has(runId), { what: `the end of ${runId}` });
    expect([...done].sort()).toEqual(['a', 'after', 'b', 'c', 'd', 'whole']);
    expect(done.slice(-3)).toEqual(['d', 'whole', 'after']);
    expect(await removeFlow(shard, runJobId(runId, 0))).toBe(true);
  };

  test('run once and in order, and whoever dies, the task goes on after them', async () => {
    await Promise.all(
      [undefined, ...places].map((diesAt, index) => live(`run_split${index}`, diesAt)),
    );
    expect(await shard.links.count()).toBe(0);
  });
});
