import { hostname } from 'node:os';
import type { Agent } from '../domain/agent.ts';
import { newId } from '../domain/id.ts';
import { serveAgent } from '../queue/agent-worker.ts';
import type { FleetQueues } from '../queue/fleet-queues.ts';
import { allControlTopics, runOfControlTopic } from '../queue/topics.ts';
import { processMark } from '../storage/local-server/process-mark.ts';
import { heartbeat, registerWorker, stopWorker } from '../storage/worker-store.ts';
import { AttemptStopped } from './attempt-signal.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { sweepDeadAttempts } from './sweep-worktrees.ts';
import { runTask } from './task-runner.ts';

/** Milliseconds between signs of life. */
const heartbeatInterval = 15_000;

export interface AgentPool {
  readonly workerId: string;
  /**
   * Takes no further jobs, lets running attempts finish for `grace` milliseconds, then stops them
   * and hands their tasks back.
   */
  close(grace: number): Promise<void>;
}

export type AgentPoolOptions = Omit<TaskRunnerDeps, 'workerId' | 'running' | 'random'> & {
  readonly queues: FleetQueues;
  readonly agents: readonly Agent[];
};

/** A worker process's agents: one BullMQ worker each, a heartbeat, and an ear for orders. */
export async function openAgentPool(options: AgentPoolOptions): Promise<AgentPool> {
  const { queues, agents, database, log } = options;
  const workerId = newId('wrk');
  await registerWorker(database.db, {
    id: workerId,
    host: hostname(),
    process: (await processMark(process.pid)) ?? String(process.pid),
    slots: Object.fromEntries(agents.map((agent) => [agent.name, agent.concurrency])),
  });
  const sweeping = sweepDeadAttempts(options.workspaces, database, log).catch((error: unknown) =>
    log.error({ err: error }, 'worktrees of dead attempts could not be cleaned up'),
  );
  const deps: TaskRunnerDeps = { ...options, workerId, running: new Map(), random: Math.random };
  const onError = (error: Error) =>
    log.warn({ err: error }, 'a worker lost contact with the queue');
  const workers = agents.map((agent) =>
    serveAgent(queues.backend, {
      agent: agent.name,
      concurrency: agent.concurrency,
      links: queues.links,
      run: (data, delivery) => runTask(deps, agent, data, delivery),
      onError,
    }),
  );
  const orders = await queues.relay.subscribe(allControlTopics, ({ topic }) => {
    const runId = runOfControlTopic(topic);
    for (const attempt of deps.running.values()) {
      if (attempt.runId === runId) {
        attempt.stop.abort(new AttemptStopped('aborted', 'the run was aborted'));
      }
    }
  });
  const beat = setInterval(() => {
    heartbeat(database.db, workerId).catch((error: unknown) =>
      log.warn({ err: error }, 'no heartbeat could be written'),
    );
  }, heartbeatInterval);
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));

  return {
    workerId,
    async close(grace) {
      const timer = setTimeout(() => {
        for (const { stop } of deps.running.values()) {
          stop.abort(new AttemptStopped('released', 'the worker is shutting down'));
        }
      }, grace);
      await orders.unsubscribe();
      await Promise.all(workers.map((worker) => worker.close()));
      clearTimeout(timer);
      clearInterval(beat);
      await sweeping;
      await stopWorker(database.db, workerId);
    },
  };
}
