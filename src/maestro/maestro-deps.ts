import type { Agent } from '../domain/agent.ts';
import type { EscalationPolicy } from '../domain/escalation-policy.ts';
import type { ForgeSettings } from '../domain/forge.ts';
import type { ProjectLimits } from '../domain/project-limits.ts';
import type { Logger } from '../domain/logger.ts';
import type { MirrorCache } from '../git/mirror-cache.ts';
import type { FleetQueues } from '../queue/fleet-queues.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Database } from '../storage/database.ts';
import type { PlanningConfig } from './planning/request-planner.ts';

/** What Maestro works with. */
export interface MaestroDeps {
  readonly database: Database;
  readonly queues: FleetQueues;
  readonly memory: Pick<MemoryCoordinator, 'tend'>;
  /** The configured agents. */
  readonly agents: readonly Agent[];
  /** What happens to escalations that nobody answers. */
  readonly policy: EscalationPolicy;
  /** What the configuration lets projects use. */
  readonly projects: ProjectLimits;
  /** Who plans, and with whose keys. */
  readonly planning: PlanningConfig;
  readonly mirrors: MirrorCache;
  /** Where repositories are hosted, and as whom Maestro opens pull requests there. */
  readonly forge: ForgeSettings;
  /** The process environment, for git's credential helpers and proxies. */
  readonly variables: Readonly<Record<string, string>>;
  /** How long the record keeps ended runs, in days. */
  readonly retentionDays: number;
  readonly log: Logger;
  /** Whose processes this one can see. */
  readonly machine: string;
  /** Tells watchers of a run, in every process, that its record has new messages. */
  readonly notify: (runId: string) => void;
}
