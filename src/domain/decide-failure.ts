import type { FailureCase } from './failure-case.ts';
import type { FailureClass } from './failure.ts';
import type { FailureOutcome } from './failure-strategy.ts';
import * as strategies from './failure-strategies/index.ts';

type StrategyName = keyof typeof strategies;

/** What happens after a failed attempt, and why; kept in the record with the attempt. */
export type FailureDecision = FailureOutcome & {
  readonly reason: string;
  /** What was weighed before it, and why it was not taken. */
  readonly passedOver: readonly { readonly strategy: StrategyName; readonly reason: string }[];
};

/** Something beside the work is at fault: another agent as good as this one helps most. */
const elsewhere: readonly StrategyName[] = ['retry', 'reassign', 'stronger'];
/** The work itself was not good enough: a stronger agent, or less work at once, helps most. */
const better: readonly StrategyName[] = ['retry', 'stronger', 'reassign', 'split'];

/** The strategies in the order in which they are weighed, by the class of the failure; then a human. */
const orders: Readonly<Record<FailureClass, readonly StrategyName[]>> = {
  transient: elsewhere,
  cancelled: elsewhere,
  permanent: elsewhere,
  'rate-limited': ['wait', 'reassign', 'retry', 'stronger'],
  // Aurora's own services and the repository, which all agents share.
  unavailable: ['wait', 'retry'],
  verify: better,
  conflict: better,
  timeout: better,
  error: better,
  // No attempt of anybody's would be in time, and whom to give it to is not known.
  deadline: [],
  handoff: [],
  // A fault of Aurora's own follows the task to every agent.
  bug: ['retry'],
};

/**
 * The failure rule: weighs the strategies that fit the failure, in their order, and takes the first
 * that applies. Pure, and total: every case has a decision, and a task that fails again and again
 * comes to a human after finitely many attempts.
 */
export function decideFailure(given: FailureCase): FailureDecision {
  const passedOver: FailureDecision['passedOver'][number][] = [];
  for (const strategy of orderOf(given)) {
    const { outcome, reason } = strategies[strategy](given);
    if (outcome !== null) return { ...outcome, reason, passedOver };
    passedOver.push({ strategy, reason });
  }
  return {
    kind: 'escalate',
    reason: passedOver.map(({ reason }) => reason).join('; ') || 'only a person can decide',
    passedOver,
  };
}

function orderOf({ failure, suspendedFor }: FailureCase): readonly StrategyName[] {
  if (orders[failure.class].length === 0) return [];
  // It is the agent's fault, not the task's: somebody else, else later.
  if (suspendedFor !== null && failure.class !== 'bug') return ['reassign', 'wait'];
  return orders[failure.class];
}
