import { agentPair, type ChaosPlan } from './chaos-plan.ts';
import { randomConduct } from './conduct.ts';
import { randomInterventions } from './intervention.ts';

/** How many of the tasks before it a task may depend on. */
const reach = 12;

/** A DAG with chains, fans and diamonds; always the same for the same random numbers. */
export function randomPlan(random: () => number, size: number): ChaosPlan {
  return {
    title: `${size} random tasks`,
    agents: agentPair('backend', 'backend'),
    tasks: Array.from({ length: size }, (_, index) => {
      const earlier = Array.from({ length: index }, (_unused, before) => `t${before}`);
      return {
        id: `t${index}`,
        dependsOn: earlier.slice(-reach).filter(() => random() < 0.15),
        wants: { role: 'backend' as const },
        conduct: randomConduct(random),
      };
    }),
    interventions: randomInterventions(random),
  };
}
