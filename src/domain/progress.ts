import type { TaskState } from './task.ts';

/**
 * Done work over known work, 0 to 1: tasks that need nothing more, of all that were not cancelled.
 * Known work can grow (a task that is split); who shows the number keeps it from going back.
 */
export function shareDone(counts: Readonly<Record<TaskState, number>>): number {
  const { cancelled, ...rest } = counts;
  const known = Object.values(rest).reduce((sum, count) => sum + count, 0);
  return known === 0 ? 0 : (counts.done + counts.skipped) / known;
}

/** A task as far as the time that is left depends on it. */
export interface OpenTask {
  readonly id: string;
  readonly agent: string;
  /** Its role and sort of work, when attempts of the same kind are to tell its time. */
  readonly kind?: string;
  readonly dependsOn: readonly string[];
  /** When its attempt under way began; null when none is. */
  readonly runningSince: Date | null;
}

/** What is known of the agents' pace. */
export interface Pace {
  /** Milliseconds that an agent's task takes, failed attempts included. */
  readonly taskTime: ReadonlyMap<string, number>;
  /** Milliseconds that a task of a kind takes; better than the agent's when it is known. */
  readonly kindTime?: ReadonlyMap<string, number>;
  /** Tasks that the live workers of an agent do at once. */
  readonly slots: ReadonlyMap<string, number>;
}

/** How long a task will take, in milliseconds; null when nothing has ever been finished. */
export function expectedTime(
  { agent, kind }: Pick<OpenTask, 'agent' | 'kind'>,
  { taskTime, kindTime }: Pace,
): number | null {
  const known = kindTime?.get(kind ?? '') ?? taskTime.get(agent);
  if (known !== undefined) return known;
  if (taskTime.size === 0) return null;
  return [...taskTime.values()].reduce((sum, each) => sum + each, 0) / taskTime.size;
}

/**
 * About how long the open tasks of a run will take, in milliseconds: the longest chain of them, or
 * the work of the busiest agent shared by its slots, whichever is more (Graham's lower bound of list
 * scheduling: no order of the tasks can be faster).
 *
 * @param open unfinished tasks, in an order in which dependencies come first
 * @returns null when no agent has finished anything yet, so that nothing is known
 */
export function estimateRemaining(open: readonly OpenTask[], pace: Pace, now: Date): number | null {
  const { taskTime, slots } = pace;
  if (open.length === 0) return 0;
  if (taskTime.size === 0) return null;
  const chainTo = new Map<string, number>();
  const workOf = new Map<string, number>();
  for (const task of open) {
    const whole = expectedTime(task, pace) ?? 0;
    const spent = task.runningSince === null ? 0 : now.getTime() - task.runningSince.getTime();
    const left = Math.max(0, whole - spent);
    const before = Math.max(0, ...task.dependsOn.map((id) => chainTo.get(id) ?? 0));
    chainTo.set(task.id, before + left);
    workOf.set(task.agent, (workOf.get(task.agent) ?? 0) + left);
  }
  const longestChain = Math.max(...chainTo.values());
  const busiest = Math.max(
    ...[...workOf].map(([agent, work]) => work / Math.max(1, slots.get(agent) ?? 1)),
  );
  return Math.round(Math.max(longestChain, busiest));
}
