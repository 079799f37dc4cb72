import type { Agent } from '../domain/agent.ts';
import { AuroraError } from '../domain/errors.ts';
import type { Task } from '../domain/task.ts';
import type { Assignment } from './planning-result.ts';

/** What is known of an agent at the moment of choosing. */
export interface AgentStats {
  readonly liveWorkers: number;
  /** Tasks that its live workers can run at once. */
  readonly slots: number;
  readonly running: number;
  readonly waiting: number;
  /** Share of its recent attempts that succeeded, 0 to 1; null when it has none. */
  readonly successRate: number | null;
}

/** What a task asks of an agent. */
export interface TaskNeeds {
  readonly capabilities: readonly string[];
  readonly role?: Task['role'] | undefined;
  readonly agent?: Task['agent'] | undefined;
}

/** An agent without a success still gets a little work: it could not recover its rate otherwise. */
const leastSuccess = 0.05;

interface Candidate {
  readonly agent: Agent;
  readonly live: boolean;
  /** Tasks at once, times the weight: its fair share among agents that do equally well. */
  readonly capacity: number;
  readonly success: number;
  /** Tasks that it has or that this plan has already given it. */
  backlog: number;
  /** Smooth weighted round-robin (nginx): who waits longest for its share wins a tie. */
  credit: number;
}

/** Whether the agent can do the task: its role or name, and every capability asked for. */
export function isCapable(agent: Agent, task: TaskNeeds): boolean {
  if (task.agent === undefined ? agent.role !== task.role : agent.name !== task.agent) return false;
  return task.capabilities.every((capability) => agent.capabilities.includes(capability));
}

/**
 * Chooses an agent for each task, in the order given (seed document, "Assignment Algorithm"): capable
 * agents are scored by availability, recent success and load; the best gets the task and its load
 * grows, so a plan spreads over equal agents exactly in proportion to weight times slots (Webster's
 * divisor method). Agents without a live worker are passed over while a capable one is alive. Pure:
 * to assign a single waiting task anew, call it with that task and the stats of the moment.
 *
 * @throws AuroraError `plan-invalid` when no agent can do a task; all such tasks are listed
 */
export function assignTasks(
  tasks: readonly (TaskNeeds & Pick<Task, 'id'>)[],
  agents: readonly Agent[],
  stats: ReadonlyMap<string, AgentStats>,
): Assignment[] {
  const candidates = agents.map((agent) => candidate(agent, stats.get(agent.name)));
  const pools = new Map<string, readonly Candidate[]>();
  const poolOf = (task: TaskNeeds): readonly Candidate[] => {
    const key = JSON.stringify([task.role, task.agent, task.capabilities]);
    const known = pools.get(key);
    if (known) return known;
    const capable = candidates.filter(({ agent }) => isCapable(agent, task));
    const live = capable.filter((one) => one.live);
    const pool = live.length > 0 ? live : capable;
    pools.set(key, pool);
    return pool;
  };
  const stuck = tasks.filter((task) => poolOf(task).length === 0);
  if (stuck.length > 0) {
    throw new AuroraError(
      'plan-invalid',
      `No configured agent can do ${stuck.length === 1 ? 'a task' : `${stuck.length} tasks`} (first: "${stuck[0]?.id}"). Add an agent with that role and those capabilities to aurora.config.`,
      {
        problems: stuck.map(({ id, role, agent, capabilities }) => ({
          path: `task "${id}"`,
          message: `no agent has ${agent ? `the name "${agent}"` : `the role "${role}"`}${capabilities.length > 0 ? ` with ${capabilities.join(', ')}` : ''}`,
        })),
      },
    );
  }
  return tasks.map((task) => assignTo(poolOf(task), task.id));
}

function candidate(agent: Agent, stats: AgentStats | undefined): Candidate {
  const live = stats !== undefined && stats.liveWorkers > 0 && stats.slots > 0;
  return {
    agent,
    live,
    capacity: agent.weight * (live ? stats.slots : agent.concurrency),
    success: Math.max(leastSuccess, stats?.successRate ?? 1),
    backlog: (stats?.running ?? 0) + (stats?.waiting ?? 0),
    credit: 0,
  };
}

/**
 * Gives one task to the best of the pool. The score is a product of three parts between 0 and 1;
 * its order is that of `capacity · success / (backlog + ½)`: the share of the work that the agent
 * deserves over the work that it has, counted to the middle of the new task.
 */
function assignTo(pool: readonly Candidate[], taskId: string): Assignment {
  const most = Math.max(...pool.map(({ capacity }) => capacity));
  let best: Candidate | undefined;
  let highest = 0;
  let tied: Candidate[] = [];
  for (const one of pool) {
    const score = productOf(partsOf(one, most));
    if (!best || score > highest) {
      best = one;
      highest = score;
      tied = [one];
    } else if (score === highest) {
      tied.push(one);
      if (one.credit + one.agent.weight > best.credit + best.agent.weight) best = one;
    }
  }
  // A pool is never empty here: assignTasks has refused such tasks.
  const chosen = best as Candidate;
  for (const other of tied) other.credit += other.agent.weight;
  chosen.credit -= tied.reduce((sum, { agent }) => sum + agent.weight, 0);
  const parts = partsOf(chosen, most);
  chosen.backlog++;
  return { taskId, agent: chosen.agent.name, score: highest, parts };
}

function partsOf({ capacity, success, backlog }: Candidate, most: number): Assignment['parts'] {
  return { availability: capacity / most, success, load: 1 / (2 * backlog + 1) };
}

const productOf = ({ availability, success, load }: Assignment['parts']): number =>
  availability * success * load;
