import type { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { AgentContext, AgentMessage } from '../domain/agent-message.ts';
import type { EscalationAction } from '../domain/escalation.ts';
import type { RunChanges } from '../domain/run-limits.ts';
import type { EscalationCase } from '../maestro/describe-escalation.ts';
import type { AmendmentRequest } from '../maestro/revise-run.ts';
import type { SyncedFeedback } from '../maestro/sync-feedback.ts';
import type { RunRequest } from '../maestro/run-request.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Db } from '../storage/database.ts';
import type { Escalation } from '../storage/escalation-store.ts';
import type { Project } from '../storage/project-store.ts';
import type { Revision } from '../storage/revision-store.ts';
import type { Run } from '../storage/run-store.ts';
import type { Speaker } from '../storage/speaker-store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface BoardQueue {
  /** A BullMQ queue, in the words of Bull Board: only src/queue knows BullMQ itself. */
  readonly queue: ConstructorParameters<typeof BullMQAdapter>[0];
  readonly shard: number;
}

/** One service that the process stands on, as it is now. */
export interface ServiceState {
  readonly name: string;
  readonly ok: boolean;
  /** For who may see it: what is wrong, or what it is. */
  readonly detail: string;
}

/** The part of the memory coordinator that the API offers. */
type ApiMemory = Pick<
  MemoryCoordinator,
  'store' | 'storeReflexion' | 'search' | 'report' | 'get' | 'stats' | 'promote' | 'forget'
>;

/** What can be done through the API, over HTTP and by tools of the Model Context Protocol. */
export interface ApiDeps {
  readonly db: Db;
  readonly memory: ApiMemory;
  /** @throws AuroraError request-invalid, plan-invalid, requirement-invalid, idempotency-conflict … */
  submitRun(request: RunRequest): Promise<{
    readonly run: Run;
    readonly created: boolean;
    readonly warnings: readonly string[];
  }>;
  /** @throws AuroraError run-not-found, state-conflict */
  abortRun(runId: string): Promise<void>;
  /** @throws AuroraError escalation-not-found */
  describeEscalation(id: string): Promise<EscalationCase>;
  /** @throws AuroraError escalation-not-found, state-conflict, agent-unknown, request-invalid */
  answerEscalation(id: string, action: EscalationAction): Promise<Escalation>;
  /** @throws AuroraError run-not-found, state-conflict */
  pauseRun(runId: string): Promise<void>;
  /** @throws AuroraError run-not-found, state-conflict */
  resumeRun(runId: string): Promise<void>;
  /** @throws AuroraError run-not-found, state-conflict */
  retryRun(runId: string): Promise<void>;
  /** @throws AuroraError run-not-found, state-conflict when it waits for no approval */
  approveRun(runId: string, by?: string): Promise<void>;
  /** @throws AuroraError run-not-found, state-conflict, requirement-invalid */
  amendRun(runId: string, amendment: AmendmentRequest): Promise<Revision>;
  /** @throws AuroraError run-not-found, state-conflict, forge-denied, forge-unavailable … */
  syncFeedback(runId: string): Promise<readonly SyncedFeedback[]>;
  /** @throws AuroraError agent-unknown, state-conflict when it is not suspended */
  resumeAgent(agent: string, by: string): Promise<void>;
  /** @throws AuroraError run-not-found, state-conflict */
  changeRun(runId: string, changes: RunChanges): Promise<void>;
  limitProject(name: string, maxParallel: number | null): Promise<Project>;
  readonly logger: Logger;
}

/** What the web server works with. */
export interface HttpDeps extends ApiDeps {
  readonly metrics: Metrics;
  readonly bullBoardQueues: readonly BoardQueue[];
  /**
   * The running attempt that a token was issued for; undefined when it is no attempt's token.
   *
   * @throws AuroraError attempt-over
   */
  attemptOf(token: string): Promise<Speaker | undefined>;
  /** Takes what a running attempt says. @throws AuroraError attempt-over */
  takeMessage(attempt: Speaker, message: AgentMessage): Promise<AgentContext | null>;
  checkReady(): Promise<readonly ServiceState[]>;
  /** Calls the listener whenever a run may have new messages; returns how to stop that. */
  subscribe(runId: string, listener: () => void): () => void;
  /** Bearer token; undefined: everybody who reaches the loopback address may do everything. */
  readonly token: string | undefined;
  /** Address that the server will listen on. */
  readonly host: string;
}
