import type { FailureCase } from './failure-case.ts';

/** What happens after a failed attempt. Delays are whole milliseconds. */
export type FailureOutcome =
  /** The same agent tries again. */
  | { readonly kind: 'retry'; readonly delay: number }
  /** The same agent tries again, and no attempt was used up. */
  | { readonly kind: 'wait'; readonly delay: number }
  /** Another agent with the capabilities takes over. */
  | { readonly kind: 'reassign'; readonly agent: string }
  /** The agent that is configured as the stronger alternative takes over. */
  | { readonly kind: 'stronger'; readonly agent: string }
  /** The task is divided into smaller ones, as one of its attempts proposed. */
  | { readonly kind: 'split' }
  /** A human is asked. */
  | { readonly kind: 'escalate' };

/** A strategy's answer: what to do, or why it does not apply; both with a reason for people. */
export type StrategyAnswer =
  | { readonly outcome: FailureOutcome; readonly reason: string }
  | { readonly outcome: null; readonly reason: string };

/** One way to go on after a failure. Pure. */
export type FailureStrategy = (given: FailureCase) => StrategyAnswer;

export const apply = (outcome: FailureOutcome, reason: string): StrategyAnswer => ({
  outcome,
  reason,
});
export const pass = (reason: string): StrategyAnswer => ({ outcome: null, reason });
