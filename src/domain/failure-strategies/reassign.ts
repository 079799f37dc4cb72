import { isFree, maxHops } from '../substitution.ts';
import { apply, pass, type FailureStrategy } from '../failure-strategy.ts';

/** Another agent that has the capabilities, works, and has not failed at this task yet. */
export const reassign: FailureStrategy = (given) => {
  const { others, failures, hops, agent } = given;
  if (others.length === 0) return pass('no other agent has the capabilities');
  if (hops >= maxHops) return pass(`it has changed agents ${hops} times already`);
  const untried = others.filter(({ name }) => name !== agent && failures[name] === undefined);
  if (untried.length === 0) return pass('every capable agent has failed at it');
  const free = untried.find(isFree);
  if (free === undefined) return pass('no other capable agent is alive and well');
  return apply({ kind: 'reassign', agent: free.name }, `${free.name} can do it too`);
};
