import type { MergeClash } from './merge-clash.ts';

/**
 * Why an attempt failed, as far as it decides what happens next. transient: may pass by itself.
 * permanent: will fail again. cancelled: we stopped it. rate-limited: the other side said when.
 * unavailable: a service that Aurora itself stands on, or the repository's host. verify: the work is there but its check is red. conflict: it does not merge.
 * deadline: the task's own has passed. handoff: it was to be handed on, and cannot be. bug: ours.
 */
export const failureClasses = [
  'transient',
  'permanent',
  'cancelled',
  'rate-limited',
  'unavailable',
  'verify',
  'conflict',
  'timeout',
  'deadline',
  'handoff',
  'error',
  'bug',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** What went wrong in one attempt. */
export interface AttemptFailure {
  readonly class: FailureClass;
  readonly message: string;
  /** The last output of what failed, bounded; for the next attempt, a lesson and a human. */
  readonly evidence?: string;
  readonly exitCode?: number;
  /** Milliseconds after which the other side says it may be asked again; with `rate-limited`. */
  readonly retryAfter?: number;
  /** What the work met when it was to be merged; with `conflict`, and `verify` on a merge. */
  readonly clash?: MergeClash;
}

/** Classes that say nothing of the work: there is nothing to learn from them. */
export const blamelessFailureClasses: readonly FailureClass[] = [
  'rate-limited',
  'unavailable',
  'deadline',
  'handoff',
];

/** Classes that no retry can mend. */
export const finalFailureClasses: readonly FailureClass[] = ['permanent', 'bug'];
