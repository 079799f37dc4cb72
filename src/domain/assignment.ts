import type { Agent } from './agent.ts';
import {
  compareCandidates,
  scoreOf,
  toCandidate,
  type AgentScore,
  type AgentStats,
  type Candidate,
} from './agent-score.ts';
import { AuroraError } from './errors.ts';
import type { Task } from './task.ts';

/** Which agent a task was given to, and why. */
export interface Assignment {
  readonly taskId: string;
  readonly agent: string;
  readonly score: AgentScore;
}

/** What a task asks of an agent. */
export interface TaskNeeds {
  readonly capabilities: readonly string[];
  readonly role?: Task['role'] | undefined;
  readonly agent?: Task['agent'] | undefined;
}

/** What decides whether an agent can have a task, and how much of the work. */
export type Pool = Pick<Agent, 'name' | 'role' | 'capabilities' | 'weight' | 'concurrency'>;

/** Whether the agent can do the task: its role or name, and every capability asked for. */
export function isCapable(
  agent: Pick<Pool, 'name' | 'role' | 'capabilities'>,
  task: TaskNeeds,
): boolean {
  if (task.agent === undefined ? agent.role !== task.role : agent.name !== task.agent) return false;
  return task.capabilities.every((capability) => agent.capabilities.includes(capability));
}

interface Contender {
  readonly candidate: Candidate;
  /** Tasks that this plan has given it. */
  planned: number;
}

/**
 * Chooses an agent for each task, in the order given (seed document, "Assignment Algorithm"): capable
 * agents are scored by availability, recent success and load ({@link scoreOf}); the best gets the task
 * and its load grows. Equal agents get exactly their shares by weight times slots in every stretch as
 * long as the sum of these. Agents without a live worker are passed over while a capable one is
 * alive. Pure: to assign a single waiting task anew, call it with that task and the stats of the
 * moment.
 *
 * @throws AuroraError `plan-invalid` when no agent can do a task; all such tasks are listed
 */
export function assignTasks(
  tasks: readonly (TaskNeeds & Pick<Task, 'id'>)[],
  agents: readonly Pool[],
  stats: ReadonlyMap<string, AgentStats>,
): Assignment[] {
  const contenders = agents.map((agent) => ({
    agent,
    candidate: toCandidate(agent, stats.get(agent.name)),
    planned: 0,
  }));
  const pools = new Map<string, readonly Contender[]>();
  const poolOf = (task: TaskNeeds): readonly Contender[] => {
    const key = JSON.stringify([task.role, task.agent, task.capabilities]);
    const known = pools.get(key);
    if (known) return known;
    const capable = contenders.filter(({ agent }) => isCapable(agent, task));
    const live = capable.filter(({ candidate }) => candidate.live);
    const pool = live.length > 0 ? live : capable;
    pools.set(key, pool);
    return pool;
  };
  refuseStuck(tasks.filter((task) => poolOf(task).length === 0));
  return tasks.map((task) => {
    // Not empty: such tasks were refused. Of equals the first one stays.
    const chosen = poolOf(task).reduce((best, one) =>
      compareCandidates(one, best) < 0 ? one : best,
    );
    const score = scoreOf(chosen.candidate, chosen.planned++);
    return { taskId: task.id, agent: chosen.candidate.name, score };
  });
}

function refuseStuck(stuck: readonly (TaskNeeds & Pick<Task, 'id'>)[]): void {
  if (stuck.length === 0) return;
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
