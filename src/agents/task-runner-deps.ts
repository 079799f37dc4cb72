import type { Logger } from '../domain/logger.ts';
import type { ModelProviders } from '../domain/model.ts';
import type { Setup } from '../domain/project-settings.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Database } from '../storage/database.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { AttemptLineDeps } from './attempt-line.ts';
import type { RunningAttempts } from './running-attempts.ts';
import type { WorkspaceOptions } from './workspace.ts';

/** What carrying out tasks needs. */
export interface TaskRunnerDeps {
  readonly database: Database;
  readonly memory: MemoryCoordinator;
  readonly workspaces: WorkspaceOptions;
  readonly log: Logger;
  readonly workerId: string;
  /** Where relative module paths of the configuration start. */
  readonly configDirectory: string;
  /** The process environment, from which agents get an allow-listed part. */
  readonly variables: Readonly<Record<string, string>>;
  /** Providers of models, for agents that are models. */
  readonly models: ModelProviders;
  /** What makes worktrees of projects ready, by the projects' names. */
  readonly setups: ReadonlyMap<string, Setup>;
  readonly notify: (runId: string) => void;
  /** Lets tasks go on that wait for the room that an attempt of this run has left. */
  readonly handOutRoom: (runId: string) => Promise<void>;
  /** Lets tasks go on that have let this one, whose attempt is over, go first. */
  readonly freeBehind: (task: Pick<Fence, 'runId' | 'taskId'>) => Promise<void>;
  /** Lets a suspended agent work again, now that `by` has found it well. */
  readonly releaseAgent: (agent: string, by: string) => Promise<void>;
  /** Tells Maestro that an escalation was opened. */
  readonly tellEscalation: () => void;
  readonly random: () => number;
  /** How often a task may be handed on. */
  readonly maxHandoffs: number;
  /** How often an agent may ask about a task. */
  readonly maxQuestions: number;
  /** What attempts need to speak and hear while they are at work. */
  readonly lines: Pick<AttemptLineDeps, 'discoveries' | 'listeners' | 'web'>;
  /** The attempts under way in this process. */
  readonly running: RunningAttempts;
}
