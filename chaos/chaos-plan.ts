import { fileURLToPath } from 'node:url';
import type { Agent } from '../src/domain/agent.ts';
import type { PlanInput } from '../src/domain/plan.ts';
import type { Conduct } from './conduct.ts';
import type { Intervention } from './intervention.ts';

/** A DAG whose tasks the harness's own agents carry out. */
export interface ChaosPlan {
  readonly title: string;
  readonly agents: readonly Agent[];
  readonly tasks: readonly ChaosTask[];
  /** In the order in which they are done. */
  readonly interventions: readonly Intervention[];
}

export interface ChaosTask {
  readonly id: string;
  readonly dependsOn: readonly string[];
  /** Who shall do it: role, agent, capabilities. */
  readonly wants: Pick<PlanInput['tasks'][number], 'role' | 'agent' | 'capabilities'>;
  /** The files that it says it will change. */
  readonly scope?: string[];
  readonly conduct: Conduct;
}

const agentFile = fileURLToPath(new URL('agent.mjs', import.meta.url));

/** Two agents that can do the same: one works within the worker, one as a program of its own. */
export function agentPair(
  name: string,
  role: Agent['role'],
  capabilities: readonly string[] = [],
): Agent[] {
  const common = { role, capabilities: [...capabilities], weight: 1, concurrency: 2 };
  return [
    { ...common, name, executor: { type: 'function', module: agentFile } },
    {
      ...common,
      name: `${name.slice(0, 54)}-program`,
      executor: { type: 'command', command: [process.execPath, agentFile], env: [] },
    },
  ];
}

/** All tasks that there will be: those that are split depend on their parts as well. */
export function withParts(tasks: readonly ChaosTask[]): ChaosTask[] {
  return tasks.flatMap((task) => {
    const { id, dependsOn, wants, conduct } = task;
    const nameOf = (part: string) => `${id}--${part}`;
    const parts = (conduct.parts ?? []).map((part) => ({
      ...{ id: nameOf(part.id), wants, conduct: part.conduct },
      dependsOn: part.dependsOn.length === 0 ? dependsOn : part.dependsOn.map(nameOf),
    }));
    return [...parts, { ...task, dependsOn: [...dependsOn, ...parts.map((part) => part.id)] }];
  });
}

/** The plan as it is submitted. */
export function toPlanFile(
  { title, tasks }: ChaosPlan,
  folders: { readonly log: string; readonly answers: string },
): PlanInput {
  return {
    version: 1,
    title,
    tasks: tasks.map(({ id, dependsOn, wants, scope = [], conduct }) => ({
      ...wants,
      id,
      title: `Task ${id}`,
      dependsOn: [...dependsOn],
      scope,
      input: { ...folders, ...conduct },
      ...(conduct.trouble === 'red' || conduct.checked === true
        ? { verify: ['grep', '-q', '^good ', `effects/${id}`] }
        : {}),
    })),
  };
}
