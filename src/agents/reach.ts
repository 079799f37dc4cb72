import type { Agent } from '../domain/agent.ts';
import { confinementOf, type Confinement } from './confinement/confinement.ts';
import { environmentFor } from './executors/environment.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { dataDirectory } from './workspace.ts';

/** What programs of an attempt see and reach: the agent's own, and the checks of its work. */
export interface Reach {
  /** Scrubbed. */
  readonly env: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
}

/** @param mirrorDirectory null for a run without a repository */
export function reachOf(
  { variables, configDirectory, workspaces }: TaskRunnerDeps,
  agent: Agent,
  mirrorDirectory: string | null,
): Reach {
  return {
    env: environmentFor(agent.executor, variables),
    confinement: confinementOf(agent, {
      ...{ variables, configDirectory },
      dataDirectory: dataDirectory(workspaces),
      mirrorDirectory: mirrorDirectory ?? undefined,
    }),
  };
}
