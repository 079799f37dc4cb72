import { apply, pass, type FailureStrategy } from '../failure-strategy.ts';

/** Smaller tasks, where an attempt has said how this one can be divided. */
export const split: FailureStrategy = ({ unsplittable, budgetLeft }) => {
  if (unsplittable !== null) return pass(unsplittable);
  if (budgetLeft !== null && budgetLeft <= 0) return pass("the run's budget is spent");
  return apply({ kind: 'split' }, 'smaller tasks, as an attempt proposed, may succeed');
};
