import type { BackoffOptions } from './backoff.ts';
import type { AttemptFailure } from './failure.ts';

/** Another agent that could take a task over. */
export interface Substitute {
  readonly name: string;
  /** Whether a live worker serves it. */
  readonly live: boolean;
  /** Whether its circuit is open: its attempts keep failing for one reason. */
  readonly suspended: boolean;
}

/** All that decides what follows a failed attempt; read from the record, judged without it. */
export interface FailureCase {
  readonly failure: AttemptFailure;
  /** The agent whose attempt failed. */
  readonly agent: string;
  readonly maxAttempts: number;
  /**
   * Attempts that count, by agent, the failed one included, since the task began or a person last
   * answered for it.
   */
  readonly failures: Readonly<Record<string, number>>;
  /** How often, and for how long in milliseconds, it has waited without an attempt being counted. */
  readonly waits: { readonly count: number; readonly total: number };
  /** How often the task has changed agents. */
  readonly hops: number;
  /** Other capable agents, the best first. */
  readonly others: readonly Substitute[];
  /** The agent that the failed one's configuration names as its stronger alternative. */
  readonly stronger: Substitute | null;
  /** Milliseconds to the next probe of the failed agent, when it is suspended for this very reason. */
  readonly suspendedFor: number | null;
  /** The share of the run's budget that is left, 0 to 1; null without a budget. */
  readonly budgetLeft: number | null;
  /** Why the task cannot be split into smaller ones; null when it can: an attempt has said how. */
  readonly unsplittable: string | null;
  /** A number in [0, 1) for jitter. */
  readonly random: number;
  readonly backoff?: BackoffOptions;
}

export const totalFailures = ({ failures }: Pick<FailureCase, 'failures'>): number =>
  Object.values(failures).reduce((sum, count) => sum + count, 0);
