import type { Agent } from '../domain/agent.ts';
import { assignTasks } from '../domain/assignment.ts';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { decideFailure, type FailureDecision } from '../domain/decide-failure.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { Task } from '../domain/task.ts';
import { buildTaskGraph, type TaskGraph } from '../domain/task-graph.ts';
import { serveMaestro, serveRequirements } from '../queue/maestro-worker.ts';
import { readAgentStats } from '../storage/agent-stats-store.ts';
import { saveProjectLimits } from '../storage/project-store.ts';
import { listSubstitutes } from '../storage/substitute-store.ts';
import { saveAgents } from '../storage/worker-store.ts';
import { openDeadlines } from './deadlines.ts';
import { openDeliveryWatch } from './delivery-watch.ts';
import { finaliseRun } from './finalise-run.ts';
import { openEscalationWatch } from './escalation-watch.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { choosePlanner, planRequest } from './planning/request-planner.ts';
import { planRun } from './plan-run.ts';
import { openPullRequestWatch } from './pull-request-watch.ts';
import { openReconciler } from './reconcile-loop.ts';
import { submitRun } from './submit-run.ts';

/** The seed's three calls, for programs that use Maestro as a library. */
export interface Maestro {
  /**
   * Parses a request into a graph of tasks, by the configured planner; nothing is written or enqueued.
   *
   * @throws AuroraError requirement-invalid
   */
  decomposeRequirements(userInput: string, repositoryDirectory?: string): Promise<TaskGraph<Task>>;
  /**
   * The best agent for a task, by capability, availability, recent success and load.
   *
   * @throws AuroraError plan-invalid when no configured agent can do it
   */
  assignTask(task: Task): Promise<Agent>;
  /**
   * What to do about a failed attempt, given how many have failed (this one included), by the rule
   * that workers follow.
   *
   * @throws AuroraError plan-invalid when no configured agent can do the task
   */
  handleFailure(
    task: Task,
    error: AttemptFailure | Error | string,
    failures?: number,
  ): Promise<FailureDecision>;
}

export function createMaestro(
  deps: Pick<MaestroDeps, 'agents' | 'database' | 'planning'>,
): Maestro {
  const { agents, database, planning } = deps;
  const assignTask = async (task: Task): Promise<Agent> => {
    const stats = await readAgentStats(database.db, agents);
    const [assignment] = assignTasks([task], agents, stats);
    return agents.find((agent) => agent.name === assignment?.agent) as Agent;
  };
  return {
    async decomposeRequirements(userInput, repositoryDirectory) {
      const { plan } = await planRequest(
        { request: userInput, repositoryDirectory: repositoryDirectory ?? null, agents },
        await choosePlanner(undefined, planning),
      );
      const built = buildTaskGraph(plan.tasks);
      if (!built.ok) {
        throw new AuroraError('bug', 'The planner made a plan that is no DAG.', {
          problems: built.problems,
        });
      }
      return built.graph;
    },
    assignTask,
    async handleFailure(task, error, failures = 1) {
      const failure: AttemptFailure =
        typeof error === 'object' && 'class' in error
          ? error
          : { class: 'error', message: errorMessage(error) };
      const { name, strongerAgent } = await assignTask(task);
      const at = { agent: name, spec: task };
      return decideFailure({
        ...{ failure, agent: name, maxAttempts: task.maxAttempts, failures: { [name]: failures } },
        ...(await listSubstitutes(database.db, at, strongerAgent)),
        ...{ waits: { count: 0, total: 0 }, hops: 0, suspendedFor: null, budgetLeft: null },
        ...{ unsplittable: 'no attempt has said how to split it', random: Math.random() },
      });
    },
  };
}

/** A running Maestro process: plans, finalises, takes submissions from the queue, reconciles. */
export async function openMaestro(deps: MaestroDeps): Promise<{ close(): Promise<void> }> {
  const { queues, log } = deps;
  const onError = (error: Error) => log.warn({ err: error }, 'Maestro lost contact with the queue');
  await saveAgents(deps.database.db, deps.agents);
  await saveProjectLimits(deps.database.db, deps.projects);
  // A planner may wait for a model for minutes; whoever stops hands its runs on.
  const stop = new AbortController();
  // First what is left of those before us; then new work.
  const watch = await openEscalationWatch(deps);
  const deadlines = await openDeadlines(deps);
  const deliveries = await openDeliveryWatch(deps, stop.signal);
  const pullRequests = await openPullRequestWatch(deps, stop.signal);
  const reconciler = await openReconciler(deps, async () => {
    await watch.look();
    await deadlines.look();
    void deliveries.look();
    void pullRequests.look();
  });
  const workers = [
    ...queues.shards.map((shard) =>
      serveMaestro(shard, {
        plan: (runId) => planRun(deps, runId, stop.signal),
        finalise: (runId, generation) =>
          finaliseRun(deps, runId, generation, { signal: stop.signal }),
        onError,
      }),
    ),
    serveRequirements(
      queues,
      async (data, key) => {
        const request = typeof data === 'object' && data !== null ? data : {};
        // A job that is delivered twice is one run.
        const { run } = await submitRun(deps, { idempotencyKey: key, ...request });
        return { runId: run.id };
      },
      onError,
    ),
  ];
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return {
    async close() {
      stop.abort();
      await reconciler.close();
      await Promise.all([deliveries.close(), pullRequests.close()]);
      await deadlines.close();
      await watch.close();
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
