import { isCapable, type Pool } from '../domain/assignment.ts';
import { unknownAgent, type AgentStats } from '../domain/agent-score.ts';
import { planMoves, type Move } from '../domain/rerouting.ts';
import { controlTopic, type ControlOrder } from '../queue/topics.ts';
import { readAgentStats } from '../storage/agent-stats-store.ts';
import { reassignTask } from '../storage/reassignment-store.ts';
import { listLostAgents, listMovableTasks } from '../storage/rerouting-store.ts';
import { getRun } from '../storage/run-store.ts';
import { listAgents } from '../storage/worker-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { settleReassignments } from './reassign.ts';

/** Milliseconds for which a worker that stopped is expected back, and agents of a new run to start. */
const usualGrace = 15_000;

/**
 * Moves waiting tasks from agents that are gone, or have far too much to do, to capable ones that are
 * there: the record first, then the queue. A bounded number at once; one leader calls it now and then,
 * and when a worker starts or has nothing to do.
 *
 * @param grace milliseconds
 * @returns how many tasks were moved; more may be waiting when there are any
 */
export async function reroute(deps: MaestroDeps, grace = usualGrace): Promise<number> {
  const { log } = deps;
  const { db } = deps.database;
  // Also those that only another process is configured with, or none any more.
  const all = await listAgents(db);
  const agents = all.filter((one) => all.some((other) => other !== one && other.role === one.role));
  // Mostly each role has one agent, or there is nothing to do, and one statement says so.
  if (agents.length === 0) return 0;
  const stats = await readAgentStats(db, agents);
  const holders = agents.filter((agent) => mayGiveAway(agent, agents, stats));
  if (holders.length === 0) return 0;
  const lost = await listLostAgents(
    db,
    holders.map(({ name }) => name),
    grace,
  );
  const roles = new Set(holders.map(({ role }) => role));
  const names = agents.filter(({ role }) => roles.has(role)).map(({ name }) => name);
  const tasks = await listMovableTasks(db, names, lost, grace);
  const moves = planMoves(tasks, agents, stats, new Set(lost));
  const moved: Move[] = [];
  for (const move of moves) {
    const { runId, taskId, epoch } = move.task;
    const { agent, reason } = move;
    const draft = { runId, taskId, epoch, agent, reason, cause: 'rerouted' as const, fresh: false };
    if (!(await reassignTask(db, draft))) continue;
    moved.push(move);
    log.info({ runId, taskId, agent }, `task goes to another agent: ${reason}`);
  }
  // Who dies here is followed by the reconciler.
  for (const runId of new Set(moved.map(({ task }) => task.runId))) {
    // A worker that was only thought dead learns of it now.
    await deps.queues.relay.publish(controlTopic(runId), {
      action: 'reassign',
    } satisfies ControlOrder);
    await settleReassignments(deps, await getRun(db, runId));
    deps.notify(runId);
  }
  return moved.length;
}

/** Whether an agent has work that it cannot soon do, and somebody else might. */
function mayGiveAway(
  agent: Pool,
  agents: readonly Pool[],
  stats: ReadonlyMap<string, AgentStats>,
): boolean {
  const { liveWorkers, slots, waiting, running } = stats.get(agent.name) ?? unknownAgent;
  const hasTooMuch = liveWorkers === 0 ? waiting + running > 0 : waiting > slots;
  return (
    hasTooMuch &&
    agents.some(
      (other) =>
        other !== agent &&
        (stats.get(other.name)?.liveWorkers ?? 0) > 0 &&
        isCapable(other, { role: agent.role, capabilities: [] }),
    )
  );
}
