import type { Worker } from 'bullmq';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import { serveAgent, type TaskVerdict } from '../../src/queue/agent-worker.ts';
import type { ShardQueues } from '../../src/queue/fleet-queues.ts';
import { runJobId, taskJobId } from '../../src/queue/job-names.ts';
import { serveMaestro } from '../../src/queue/maestro-worker.ts';
import { reviveJob } from '../../src/queue/recovery.ts';
import { submitFlow, type QueuedTask, type TaskJobData } from '../../src/queue/run-flow.ts';
import { Slots } from '../../src/queue/slots.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestQueues } from '../support/queues.ts';
import { randomDag } from '../support/random-dag.ts';
import { waitFor } from '../support/wait-for.ts';

describeEachBackend('flows', (backend) => {
  let open: Awaited<ReturnType<typeof openTestQueues>>;
  let shard: ShardQueues;
  const workers: Worker[] = [];
  const ended = new Set<string>();
  /** What tasks do, by run. */
  const work = new Map<string, (data: TaskJobData) => Promise<TaskVerdict>>();
  const agents = ['one', 'two', 'three'];

  beforeAll(async () => {
    open = await openTestQueues(backend);
    shard = open.queues.of({ shard: 0 });
    const fail = (error: Error) => {
      throw error;
    };
    for (const agent of agents) {
      workers.push(
        serveAgent(shard, {
          agent,
          concurrency: 5,
          slots: new Slots(5),
          run: async (data) =>
            (await work.get(data.runId)?.(data)) ?? { kind: 'stale', everParked: false },
          onError: fail,
          onIdle: () => undefined,
        }),
      );
    }
    workers.push(
      serveMaestro(shard, {
        plan: async () => undefined,
        finalise: async (runId) => void ended.add(runId),
        onError: fail,
      }),
    );
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  });

  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    await open.close();
  });

  const submit = async (
    runId: string,
    tasks: readonly { id: string; dependsOn: readonly string[] }[],
  ) => {
    const built = buildTaskGraph<QueuedTask>(
      tasks.map((task, index) => ({
        ...task,
        agent: agents[index % agents.length] as string,
        priority: 5,
        assignment: 1,
      })),
    );
    if (!built.ok) throw new Error('not a DAG');
    const run = { runId, generation: 0 };
    const finished = async () => [];
    expect(await submitFlow(shard, run, built.graph, finished)).toBe(true);
    // A live tree is never added twice.
    expect(await submitFlow(shard, run, built.graph, finished)).toBe(true);
    return built.graph;
  };

  test('random DAGs run each task once, none before its dependencies, and end', async () => {
    const dags = fc.sample(randomDag(30), { numRuns: 8, seed: 7 });
    await Promise.all(
      dags.map(async (tasks, index) => {
        const runId = `run_dag${index}`;
        const done: string[] = [];
        const dependsOn = new Map(tasks.map((task) => [task.id, task.dependsOn]));
        const early: string[] = [];
        work.set(runId, async ({ taskId }) => {
          early.push(...(dependsOn.get(taskId) ?? []).filter((id) => !done.includes(id)));
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
          done.push(taskId);
          return { kind: 'finished', everParked: false };
        });
        await submit(runId, tasks);
        await waitFor(() => ended.has(runId), { what: `the end of ${runId}` });
        expect(early).toEqual([]);
        expect([...done].sort()).toEqual(tasks.map((task) => task.id).sort());
      }),
    );
  });

  test('a flow of several slices whose adding is interrupted again and again runs each task once', async () => {
    const runId = 'run_slices';
    const tasks = Array.from({ length: 1_200 }, (_, index) => ({
      id: `s${index}`,
      // A long chain, and edges across it and over wide gaps.
      dependsOn: [...new Set([index - 1, index - 37, Math.floor(index / 3) * 2 - 900])].flatMap(
        (other) => (other >= 0 && other < index && index % 3 > 0 ? [`s${other}`] : []),
      ),
    }));
    const dependsOn = new Map(tasks.map((task) => [task.id, task.dependsOn]));
    const done = new Set<string>();
    const twice: string[] = [];
    const early: string[] = [];
    work.set(runId, async ({ taskId }) => {
      if (done.has(taskId)) twice.push(taskId);
      early.push(...(dependsOn.get(taskId) ?? []).filter((id) => !done.has(id)));
      done.add(taskId);
      return { kind: 'finished', everParked: false };
    });
    const built = buildTaskGraph<QueuedTask>(
      tasks.map((task) => ({ ...task, agent: 'one', priority: 5, assignment: 1 })),
    );
    if (!built.ok) throw new Error('not a DAG');
    let additions = 0;
    const dying: ShardQueues = {
      ...shard,
      producer: Object.create(shard.producer, {
        add: {
          value: async (...flow: Parameters<typeof shard.producer.add>) => {
            await shard.producer.add(...flow);
            additions++;
            // Tasks that have their part run meanwhile, and their links to later parts are missed.
            await new Promise((resolve) => setTimeout(resolve, 50));
            throw new Error('killed');
          },
        },
      }),
    };
    const finished = async (ids: readonly string[]) => ids.filter((id) => done.has(id));
    const run = { runId, generation: 0 };
    const attempt = () => submitFlow(dying, run, built.graph, finished).catch(() => 'killed');
    await waitFor(async () => (await attempt()) === true, {
      what: 'the whole flow',
      timeoutMs: 60_000,
    });
    expect(additions).toBeGreaterThan(2);
    await waitFor(() => ended.has(runId), {
      what: `the end of ${runId}`,
      timeoutMs: 60_000,
    });
    expect({ done: done.size, early, twice }).toEqual({ done: 1_200, early: [], twice: [] });

    // A flow is not gone on with under another plan.
    const [first, ...others] = built.graph.order;
    const changed = buildTaskGraph([{ ...(first as QueuedTask), assignment: 2 }, ...others]);
    if (!changed.ok) throw new Error('not a DAG');
    expect(await submitFlow(shard, run, changed.graph, finished)).toBe(false);
  });

  test('a failed task parks what depends on it, and nothing else; revived, the run ends', async () => {
    const runId = 'run_parked';
    const done: string[] = [];
    let broken = true;
    work.set(runId, async ({ taskId }) => {
      if (taskId === 'bad' && broken) return { kind: 'failed', reason: 'by design' };
      done.push(taskId);
      return { kind: 'finished', everParked: false };
    });
    await submit(runId, [
      { id: 'start', dependsOn: [] },
      { id: 'bad', dependsOn: ['start'] },
      { id: 'good', dependsOn: ['start'] },
      { id: 'after-bad', dependsOn: ['bad', 'good'] },
      { id: 'after-good', dependsOn: ['good'] },
    ]);
    const bad = taskJobId(runId, 0, 'bad', 1);
    await waitFor(async () => (await shard.agent('two').getJob(bad))?.isFailed());
    await waitFor(() => done.length === 3);
    expect([...done].sort()).toEqual(['after-good', 'good', 'start']);
    expect(ended.has(runId)).toBe(false);
    broken = false;
    expect(await reviveJob(shard, 'two', bad)).toBe(true);
    await waitFor(() => ended.has(runId));
    expect(done.slice(3)).toEqual(['bad', 'after-bad']);
    expect(await shard.maestro.getJob(runJobId(runId, 0))).toBeDefined();
  });

  test('retries wait for the delay that the verdict names; "later" does not count as a try', async () => {
    const runId = 'run_retry';
    const tries: number[] = [];
    work.set(runId, async () => {
      tries.push(Date.now());
      if (tries.length === 1) return { kind: 'retry', delay: 300, reason: 'once more' };
      if (tries.length === 2) return { kind: 'later', delay: 200 };
      return { kind: 'finished', everParked: false };
    });
    await submit(runId, [{ id: 'only', dependsOn: [] }]);
    await waitFor(() => ended.has(runId));
    const [first = 0, second = 0, third = 0] = tries;
    expect(second - first).toBeGreaterThanOrEqual(295);
    expect(third - second).toBeGreaterThanOrEqual(195);
    const job = await shard.agent('one').getJob(taskJobId(runId, 0, 'only', 1));
    expect(job?.attemptsMade).toBe(2);
  });
});
