import type { Agent } from '../../domain/agent.ts';
import { roleSchema } from '../../domain/role.ts';
import { isCapable } from '../../domain/assignment.ts';
import type { LooseTask } from './loose-plan.ts';
import type { PlanProblem } from './plan-problem.ts';
import { didYouMean } from './suggestion.ts';

/** Tasks that none of the configured agents can do, and why. */
export function agentProblems(
  tasks: readonly LooseTask[],
  agents: readonly Agent[],
): PlanProblem[] {
  const known = new Map<string, PlanProblem | null>();
  return tasks.flatMap((task, index) => {
    const key = JSON.stringify([task.role, task.agent, task.capabilities]);
    const before = known.get(key);
    const problem = before === undefined ? problemOf(task, agents) : before;
    known.set(key, problem);
    return problem ? [{ path: ['tasks', index, ...problem.path], message: problem.message }] : [];
  });
}

function problemOf(task: LooseTask, agents: readonly Agent[]): PlanProblem | null {
  if (task.agent !== undefined) return fixedAgentProblem(task, task.agent, agents);
  const role = roleSchema.safeParse(task.role);
  // A missing or unknown role is the schema's to report.
  if (!role.success) return null;
  const peers = agents.filter((agent) => agent.role === role.data);
  if (peers.length === 0) {
    const configured = [...new Set(agents.map((agent) => agent.role))].join(', ');
    return {
      path: ['role'],
      message: `no configured agent has the role "${role.data}" (configured: ${configured})`,
    };
  }
  const capable = peers.some((agent) =>
    isCapable(agent, { role: role.data, capabilities: task.capabilities }),
  );
  return capable
    ? null
    : capabilityProblem(task.capabilities, peers, `with the role "${role.data}"`);
}

function fixedAgentProblem(
  task: LooseTask,
  name: string,
  agents: readonly Agent[],
): PlanProblem | null {
  const fixed = agents.find((agent) => agent.name === name);
  if (!fixed) {
    const names = agents.map((agent) => agent.name);
    return { path: ['agent'], message: `no agent is named "${name}"${didYouMean(name, names)}` };
  }
  if (
    task.role !== undefined &&
    roleSchema.safeParse(task.role).success &&
    fixed.role !== task.role
  ) {
    return {
      path: ['agent'],
      message: `agent "${name}" has the role "${fixed.role}", but the task asks for "${task.role}"`,
    };
  }
  const missing = task.capabilities.filter(
    (capability) => !fixed.capabilities.includes(capability),
  );
  return missing.length === 0
    ? null
    : capabilityProblem(task.capabilities, [fixed], `named "${name}"`);
}

function capabilityProblem(
  wanted: readonly string[],
  agents: readonly Agent[],
  which: string,
): PlanProblem {
  const offered = [...new Set(agents.flatMap(({ capabilities }) => capabilities))];
  const absent = wanted.filter((capability) => !offered.includes(capability));
  const [first] = absent;
  const message =
    first === undefined
      ? `no single agent ${which} has all of: ${wanted.join(', ')}`
      : `no agent ${which} has the capability "${first}"${didYouMean(first, offered)}${absent.length > 1 ? `, nor ${absent.slice(1).join(', ')}` : ''}`;
  return { path: ['capabilities'], message };
}
