import type { Worker } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import { changePriority } from '../../src/queue/change-priority.ts';
import { serveAgent, type TaskDelivery, type TaskVerdict } from '../../src/queue/agent-worker.ts';
import { gateJobId, taskJobId } from '../../src/queue/job-names.ts';
import type { ShardQueues } from '../../src/queue/fleet-queues.ts';
import { serveMaestro } from '../../src/queue/maestro-worker.ts';
import { openGate, parkJob } from '../../src/queue/parking.ts';
import { freeParkedJob, returnJobs } from '../../src/queue/recovery.ts';
import { submitFlow, type QueuedTask, type TaskJobData } from '../../src/queue/run-flow.ts';
import { Slots } from '../../src/queue/slots.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestQueues } from '../support/queues.ts';
import { waitFor } from '../support/wait-for.ts';

/** Where something happens to a job that is about to be parked. */
const places = [
  'before the gate',
  'before the look',
  'after the look',
  'once it is parked',
] as const;
type Place = (typeof places)[number];

describeEachBackend('parking', (backend) => {
  let open: Awaited<ReturnType<typeof openTestQueues>>;
  let shard: ShardQueues;
  const workers: Worker[] = [];
  const finished = new Set<string>();
  const work = new Map<string, (data: TaskJobData, at: TaskDelivery) => Promise<TaskVerdict>>();
  /** Lets processes that were frozen go on. */
  const thaw: (() => void)[] = [];

  beforeAll(async () => {
    open = await openTestQueues(backend);
    shard = open.queues.of({ shard: 0 });
    const fail = (error: Error) => {
      throw error;
    };
    const run = async (data: TaskJobData, at: TaskDelivery): Promise<TaskVerdict> =>
      (await work.get(data.runId)?.(data, at)) ?? { kind: 'stale', everParked: false };
    for (const [agent, concurrency] of [
      ['many', 60],
      ['single', 1],
    ] as const) {
      const options = { agent, concurrency, slots: new Slots(concurrency), run };
      // A process that thaws finds its lock gone; that it says so is all it can still do.
      workers.push(
        serveAgent(shard, { ...options, onError: () => undefined, onIdle: () => undefined }),
      );
    }
    workers.push(
      serveMaestro(shard, {
        plan: async () => undefined,
        finalise: async (runId) => void finished.add(runId),
        onError: fail,
      }),
    );
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  });

  afterAll(async () => {
    for (const each of thaw) each();
    await Promise.all(workers.map((worker) => worker.close()));
    await open.close();
  });

  const submit = async (
    runId: string,
    agent: string,
    tasks: readonly { id: string; dependsOn: readonly string[]; priority?: number }[],
  ) => {
    const built = buildTaskGraph<QueuedTask>(
      tasks.map((task) => ({ priority: 5, ...task, agent, assignment: 1 })),
    );
    if (!built.ok) throw new Error('not a DAG');
    await submitFlow(shard, { runId, generation: 0 }, built.graph, async () => []);
  };

  const frozen = () => new Promise<void>((resolve) => thaw.push(resolve));

  /** One parked task and one behind it; when it is freed, and who dies when. */
  const live = async (runId: string, freedAt: Place, releaserDies: boolean, diesAt?: Place) => {
    const jobId = taskJobId(runId, 0, 'asks', 1);
    const record = { parked: true, freed: false };
    const log: string[] = [];
    const free = async () => {
      record.freed = true;
      record.parked = false;
      if (!releaserDies) await openGate(shard, jobId);
    };
    let deliveries = 0;
    let dead = false;
    const pass = async (place: Place, { lockToken }: TaskDelivery) => {
      if (place === diesAt && !dead) {
        dead = true;
        await returnJobs(shard, ['many'], [lockToken]);
        await frozen();
      }
      if (place === freedAt && !record.freed && (diesAt === undefined || dead)) await free();
    };
    work.set(runId, async ({ taskId }, at) => {
      if (taskId === 'after') {
        log.push('after');
        return { kind: 'finished', everParked: false };
      }
      deliveries++;
      if (!record.parked) {
        log.push('asks');
        return { kind: 'finished', everParked: true };
      }
      await pass('before the gate', at);
      const isStillParked = async () => {
        await pass('before the look', at);
        const answer = record.parked;
        await pass('after the look', at);
        return answer;
      };
      return { kind: 'parked', isStillParked };
    });
    await submit(runId, 'many', [
      { id: 'asks', dependsOn: [] },
      { id: 'after', dependsOn: ['asks'] },
    ]);
    const job = await shard.agent('many').getJob(jobId);
    if (freedAt === 'once it is parked') {
      await waitFor(() => job?.isWaitingChildren(), { what: `the parking of ${runId}` });
      expect(log).toEqual([]);
      await free();
    }
    await waitFor(() => record.freed, { what: `the freeing of ${runId}` });
    await waitFor(
      async () => {
        // What the reconciler does for a task that is free in the record.
        if (releaserDies) {
          const task = { runId, generation: 0, taskId: 'asks', dependencies: [] };
          await freeParkedJob(shard, 'many', jobId, task);
        }
        return finished.has(runId);
      },
      { what: `the end of ${runId}` },
    );
    expect(log).toEqual(['asks', 'after']);
    expect(deliveries).toBeGreaterThan(1);
  };

  const deaths: (Place | undefined)[] = [
    undefined,
    'before the gate',
    'before the look',
    'after the look',
  ];
  const cases = places.flatMap((freedAt) =>
    [false, true].flatMap((releaserDies) =>
      deaths.map((diesAt) => ({ freedAt, releaserDies, diesAt })),
    ),
  );

  test('whoever dies between two steps, a parked task starts once, and only when it is free', async () => {
    await Promise.all(
      cases.map(({ freedAt, releaserDies, diesAt }, index) =>
        live(`run_park${index}`, freedAt, releaserDies, diesAt),
      ),
    );
  });

  test('a parked job takes no slot', async () => {
    const runId = 'run_slots';
    const parked = new Set(['a', 'b', 'c']);
    const done: string[] = [];
    work.set(runId, async ({ taskId }) => {
      if (parked.has(taskId)) {
        return { kind: 'parked', isStillParked: async () => parked.has(taskId) };
      }
      done.push(taskId);
      return { kind: 'finished', everParked: true };
    });
    await submit(
      runId,
      'single',
      ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, dependsOn: [] })),
    );
    await waitFor(() => done.length === 2, { what: 'the tasks that are not parked' });
    await waitFor(async () => (await shard.agent('single').getWaitingChildrenCount()) === 3);
    expect(done.sort()).toEqual(['d', 'e']);
    const gates = ['a', 'b', 'c'].map((id) => taskJobId(runId, 0, id, 1));
    parked.clear();
    await Promise.all(gates.map((jobId) => openGate(shard, jobId)));
    await waitFor(() => finished.has(runId), { what: 'the end' });
    expect(done).toHaveLength(5);
  });

  test('a freed job takes its place by priority among those that wait', async () => {
    const runId = 'run_order';
    const done: string[] = [];
    let parked = true;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    work.set(runId, async ({ taskId }) => {
      if (taskId === 'late' && parked) {
        return { kind: 'parked', isStillParked: async () => parked };
      }
      if (taskId === 'holds') await held;
      done.push(taskId);
      return { kind: 'finished', everParked: taskId === 'late' };
    });
    const task = (id: string, priority: number) => ({ id, dependsOn: [], priority });
    await submit(runId, 'single', [
      ...[task('late', 1), task('holds', 2), task('urgent', 3), task('usual', 5)],
    ]);
    await waitFor(async () => (await shard.agent('single').getActive())[0]?.name === 'holds');
    await changePriority(shard, 'single', taskJobId(runId, 0, 'late', 1), 9);
    parked = false;
    await openGate(shard, taskJobId(runId, 0, 'late', 1));
    letGo();
    await waitFor(() => finished.has(runId), { what: 'the end' });
    expect(done).toEqual(['holds', 'urgent', 'usual', 'late']);
  });

  test('a gate that a thawed process left on a running job does not keep it from completing', async () => {
    const runId = 'run_late';
    let late = Promise.resolve(false);
    work.set(runId, async (_, { jobId }) => {
      const job = await shard.agent('many').getJob(jobId);
      if (job === undefined) throw new Error('no job');
      // It dies, or is frozen again, before it looks at the record.
      late = parkJob(shard, job, 'an old token', async () => {
        await frozen();
        return true;
      });
      await waitFor(async () => (await shard.links.getJob(gateJobId(jobId))) !== undefined);
      return { kind: 'finished', everParked: true };
    });
    await submit(runId, 'many', [{ id: 'a', dependsOn: [] }]);
    await waitFor(() => finished.has(runId), { what: 'the end' });
    for (const each of thaw) each();
    // Whether it is told so or not: it cannot park the job now.
    await Promise.allSettled([late]);
    const job = await shard.agent('many').getJob(taskJobId(runId, 0, 'a', 1));
    expect(await job?.getState()).toBe('completed');
  });
});
