import { agentPair, type ChaosPlan } from './chaos-plan.ts';

/** Files that each task changes. */
const files = 10;

/**
 * Tasks that may all run at once and all add to the same ten files, so that each merge conflicts with every
 * other; or neighbours in the plan to ten of their own, as the tasks of one requirement do. Most have a check, with which what is only likely is tried; the others go back with the conflict.
 * Each says in its scope which files it will change.
 *
 * @param apart the share of tasks that leave these files alone
 * @param groups how many groups of neighbours there are, each with files of its own
 */
export function contendedPlan(
  random: () => number,
  size: number,
  { apart = 0, groups = 1 } = {},
): ChaosPlan {
  const filesOf = (group: number) =>
    Array.from({ length: files }, (_, index) => `shared-${group * files + index}.txt`);
  return {
    title: `${size} tasks that change the same files`,
    agents: agentPair('backend', 'backend'),
    tasks: Array.from({ length: size }, (_, index) => {
      const own = { sleep: 20 + Math.floor(random() * 400), checked: random() < 0.8 };
      const isApart = random() < apart;
      const shared = filesOf(Math.floor((index * groups) / size));
      return {
        id: `t${index}`,
        dependsOn: [],
        wants: { role: 'backend' as const },
        scope: [`effects/t${index}`, ...(isApart ? [] : shared)],
        conduct: { ...own, orphan: false, ...(isApart ? {} : { shared, early: true }) },
      };
    }),
    interventions: [],
  };
}
