import { apply, pass, type FailureStrategy } from '../failure-strategy.ts';

/** Smaller tasks, where somebody can divide this one. */
export const split: FailureStrategy = ({ canSplit, budgetLeft }) => {
  if (!canSplit) return pass('nobody can split it');
  if (budgetLeft !== null && budgetLeft <= 0) return pass("the run's budget is spent");
  return apply({ kind: 'split' }, 'it may be too large: smaller tasks may succeed');
};
