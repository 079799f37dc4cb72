import { isFree, maxHops } from '../substitution.ts';
import { apply, pass, type FailureStrategy } from '../failure-strategy.ts';

/** The agent that is configured as the stronger alternative, a dearer model for instance. */
export const stronger: FailureStrategy = (given) => {
  const { stronger: candidate, failures, hops, agent, budgetLeft } = given;
  if (candidate === null) return pass(`no stronger agent is configured for ${agent}`);
  const { name } = candidate;
  if (name === agent || failures[name] !== undefined) return pass(`${name} has failed at it too`);
  if (hops >= maxHops) return pass(`it has changed agents ${hops} times already`);
  if (budgetLeft !== null && budgetLeft <= 0) return pass("the run's budget is spent");
  if (!isFree(candidate)) return pass(`${name} is not alive and well`);
  return apply({ kind: 'stronger', agent: name }, `${name} is the stronger alternative`);
};
