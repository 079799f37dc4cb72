import type { Agent } from '../domain/agent.ts';
import { newId } from '../domain/id.ts';
import { serveAgent } from '../queue/agent-worker.ts';
import { createDiscoveryNews } from '../queue/discovery-news.ts';
import type { FleetQueues } from '../queue/fleet-queues.ts';
import { handOutRoom } from '../queue/hand-out-room.ts';
import { letGo } from '../queue/parking.ts';
import { releaseAgent } from '../queue/release-agent.ts';
import { Slots } from '../queue/slots.ts';
import {
  allControlTopics,
  runOfControlTopic,
  workerIdleTopic,
  workerStartedTopic,
  type ControlOrder,
  escalationsTopic,
} from '../queue/topics.ts';
import { processMark } from '../storage/local-server/process-mark.ts';
import { listAborted } from '../storage/run-store.ts';
import { readFleetSecret } from '../storage/secret-store.ts';
import { noteOutput } from '../storage/output-store.ts';
import { freeBehind, freeWaysOf } from '../storage/way-store.ts';
import {
  heartbeat,
  listHeldAttempts,
  registerWorker,
  stopWorker,
} from '../storage/worker-store.ts';
import { AttemptStopped } from './attempt-signal.ts';
import { isAttemptInUse } from './attempt-in-use.ts';
import { clientEnvironment } from './confinement/client-environment.ts';
import { refuseUnconfined } from './confinement/probe.ts';
import { sweepContainers } from './confinement/sweep-containers.ts';
import { Discoveries } from './discoveries.ts';
import { newOutputs } from './running-attempts.ts';
import { setupsRoot } from './setup/set-up-attempt.ts';
import { sweepSetups } from './setup/setup-cache.ts';
import { storeLessons } from './store-lessons.ts';
import { storePatterns } from './store-patterns.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { sweepDeadAttempts } from './sweep-worktrees.ts';
import { runTask } from './task-runner.ts';
import { dataDirectory } from './workspace.ts';

/** Milliseconds between signs of life. */
const heartbeatInterval = 15_000;
/** Milliseconds between two notes of who has printed something; none is written when nobody has. */
const outputInterval = 5_000;
/** Milliseconds in which agents that run out of work tell it once. */
const idleInterval = 1_000;
export interface AgentPool {
  readonly workerId: string;
  /**
   * Takes no further jobs, lets running attempts finish for `grace` milliseconds, then stops them
   * and hands their tasks back.
   */
  close(grace: number): Promise<void>;
}

export type AgentPoolOptions = Omit<
  TaskRunnerDeps,
  | 'workerId'
  | 'running'
  | 'random'
  | 'handOutRoom'
  | 'freeBehind'
  | 'releaseAgent'
  | 'lines'
  | 'tellEscalation'
> & {
  readonly queues: FleetQueues;
  /** Where programs of attempts reach the web server, when there is one. */
  readonly webUrl: string | undefined;
  readonly agents: readonly Agent[];
  /** Whose processes this one can see. */
  readonly machine: string;
  /** Milliseconds between two looks for folders that dead attempts have left. Default one minute. */
  readonly sweepInterval?: number;
};

/** A worker process's agents: one BullMQ worker for each and each shard, a heartbeat, and an ear for orders. */
export async function openAgentPool(options: AgentPoolOptions): Promise<AgentPool> {
  const { queues, agents, database, log, sweepInterval = 60_000 } = options;
  await refuseUnconfined(agents, options.variables);
  const workerId = newId('wrk');
  await registerWorker(database.db, {
    id: workerId,
    host: options.machine,
    process: (await processMark(process.pid)) ?? String(process.pid),
    slots: Object.fromEntries(agents.map((agent) => [agent.name, agent.concurrency])),
  });
  const discoveries = createDiscoveryNews(queues.relay, log);
  const listeners = new Discoveries(database.db, log);
  const { webUrl: url } = options;
  const secret = url === undefined ? '' : await readFleetSecret(database.db, 'attempt-tokens');
  const deps: TaskRunnerDeps = {
    ...options,
    ...{ workerId, running: new Map(), random: Math.random },
    async handOutRoom(runId) {
      try {
        await handOutRoom(database.db, queues, runId);
      } catch (error) {
        log.warn({ err: error, runId }, 'free room could not be given; the reconciler will');
      }
    },
    async freeBehind(task) {
      try {
        await letGo(queues, await freeBehind(database.db, task));
      } catch (error) {
        log.warn(
          { err: error, ...task },
          'tasks wait for one that is over; the reconciler will see',
        );
      }
    },
    async releaseAgent(agent, by) {
      const told = await releaseAgent(database.db, queues, agent, by);
      if (told === null) return;
      log.info({ agent, by }, 'the agent is well again; its tasks go on');
      told.forEach(options.notify);
    },
    // A nudge: should it be lost, Maestro finds out by itself, later.
    tellEscalation: () =>
      void queues.relay
        .publish(escalationsTopic, {})
        .catch((error: unknown) => log.warn({ err: error }, 'Maestro could not be told')),
    lines: { discoveries, listeners, web: url === undefined ? undefined : { url, secret } },
  };
  const onDatabaseError = (error: unknown) =>
    log.warn({ err: error }, 'the record could not be asked what is still wanted');
  const abortAttempts = (runId: string) => {
    for (const attempt of deps.running.values()) {
      if (attempt.runId !== runId) continue;
      attempt.stop.abort(new AttemptStopped('aborted', 'the run was aborted'));
    }
  };
  const limitAttempts = (runId: string) => {
    for (const attempt of deps.running.values()) {
      if (attempt.runId === runId) attempt.isLimited = true;
    }
  };
  const stopFencedOut = async () => {
    const before = [...deps.running];
    const held = await listHeldAttempts(database.db, workerId);
    for (const [key, { stop }] of before) {
      if (!held.has(key)) stop.abort(new AttemptStopped('lock-lost', 'the task is no longer ours'));
    }
  };
  const orders = await queues.relay.subscribe<ControlOrder>(
    allControlTopics,
    async ({ topic, data }) => {
      const runId = runOfControlTopic(topic);
      if (data.action === 'abort') abortAttempts(runId);
      else if (data.action === 'limit') limitAttempts(runId);
      else await stopFencedOut().catch(onDatabaseError);
    },
  );
  const found = await discoveries.hear(listeners.tell);
  const onError = (error: Error) =>
    log.warn({ err: error }, 'a worker lost contact with the queue');
  let idleTimer: NodeJS.Timeout | undefined;
  const idle = new Set<string>();
  /** Those who let others go first did so because there was something else to do. */
  const freeWays = async (names: readonly string[]) => {
    try {
      await letGo(queues, await freeWaysOf(database.db, names));
    } catch (error) {
      log.warn(
        { err: error },
        'tasks that let others go first still wait; the reconciler will see',
      );
    }
  };
  const onIdle = (agent: string) => {
    idle.add(agent);
    idleTimer ??= setTimeout(() => {
      idleTimer = undefined;
      void freeWays([...idle]);
      idle.clear();
      void queues.relay
        .publish(workerIdleTopic, { workerId })
        .catch((error: unknown) => log.warn({ err: error }, 'Maestro could not be told'));
    }, idleInterval);
  };
  const workers = agents.flatMap((agent) => {
    const slots = new Slots(agent.concurrency);
    return queues.shards.map((shard) =>
      serveAgent(shard, {
        agent: agent.name,
        concurrency: agent.concurrency,
        slots,
        run: (data, delivery) => runTask(deps, agent, data, delivery),
        onError,
        onIdle: () => onIdle(agent.name),
      }),
    );
  });
  const signOfLife = repeat(heartbeatInterval, async () => {
    try {
      await heartbeat(database.db, workerId);
      // An order may be lost, or come between the claim and the start of an attempt.
      const runIds = new Set([...deps.running.values()].map((attempt) => attempt.runId));
      (await listAborted(database.db, [...runIds])).forEach(abortAttempts);
      await stopFencedOut();
      // Some say nothing while they work.
      for (const attempt of deps.running.values()) attempt.stirred?.();
    } catch (error) {
      onDatabaseError(error);
    }
  });
  const outputs = repeat(outputInterval, async () => {
    try {
      await noteOutput(database.db, newOutputs(deps.running, outputInterval));
    } catch (error) {
      log.warn({ err: error }, 'the last output of attempts could not be noted');
    }
  });
  const sweep = async () => {
    try {
      // First what may still write into their folders.
      await sweepContainers(agents, {
        dataDirectory: dataDirectory(options.workspaces),
        client: clientEnvironment(options.variables),
        isInUse: (attempt) => isAttemptInUse(database.db, attempt),
        log,
      });
      await sweepDeadAttempts(options.workspaces, database, log);
      await sweepSetups(setupsRoot(options.workspaces));
    } catch (error) {
      log.error({ err: error }, 'worktrees of dead attempts could not be cleaned up');
    }
  };
  const firstSweep = sweep();
  const janitor = repeat(sweepInterval, async () => {
    await sweep();
    await storePatterns(deps);
    await storeLessons(deps);
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  // A nudge: should it be lost, Maestro finds out by itself, later.
  await queues.relay
    .publish(workerStartedTopic, { workerId })
    .catch((error: unknown) => log.warn({ err: error }, 'Maestro could not be told of the start'));

  return {
    workerId,
    async close(grace) {
      const timer = setTimeout(() => {
        for (const { stop } of deps.running.values()) {
          stop.abort(new AttemptStopped('released', 'the worker is shutting down'));
        }
      }, grace);
      await Promise.all(workers.map((worker) => worker.close()));
      clearTimeout(timer);
      clearTimeout(idleTimer);
      await Promise.all([orders.unsubscribe(), found.unsubscribe()]);
      await Promise.all([firstSweep, janitor.stop(), signOfLife.stop(), outputs.stop()]);
      // Should the record be away, it learns from the signs of life that do not come any more.
      await stopWorker(database.db, workerId).catch((error: unknown) =>
        log.warn({ err: error }, 'the record could not be told that this worker has stopped'),
      );
    },
  };
}

/** Does something again and again, never twice at once. */
function repeat(interval: number, action: () => Promise<void>): { stop(): Promise<void> } {
  let current = Promise.resolve();
  let timer = setTimeout(again, interval);
  function again() {
    current = action();
    void current.then(() => {
      timer = setTimeout(again, interval);
    });
  }
  return {
    async stop() {
      clearTimeout(timer);
      await current;
      clearTimeout(timer);
    },
  };
}
