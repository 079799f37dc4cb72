import { estimateRemaining, expectedTime, type Pace } from './progress.ts';
import { scopesOverlap, type ScopeOverlap } from './scope-overlap.ts';
import type { Task } from './task.ts';
import type { TaskGraph } from './task-graph.ts';

/** What a plan will take, as far as one can tell before it runs. */
export interface PlanAnalysis {
  /** Tasks on the longest chain. */
  readonly steps: number;
  /** The most tasks that are at the same step: so many can run at once. */
  readonly width: number;
  /** The chain that takes longest; nothing shortens the run but shortening it. */
  readonly criticalPath: readonly string[];
  /** Milliseconds, from recorded attempts of the same role and kind; null when there are none. */
  readonly estimateMs: number | null;
  /**
   * Tasks that may run at the same time and touch the same files: they are merged one after the
   * other, and whichever comes second may meet a conflict.
   */
  readonly overlaps: readonly ScopeOverlap[];
}

/** A planned task with its agent. */
export interface AssignedTask extends Pick<Task, 'id' | 'dependsOn' | 'scope' | 'role' | 'input'> {
  readonly agent: string;
}

/** Pairs of scopes compared; very large plans are not compared to the end. */
const maxComparisons = 200_000;
const maxOverlaps = 50;

/** What role and sort of work a task is, as attempts are compared for estimates. */
export function kindOf({ role, input }: Pick<Task, 'role' | 'input'>): string {
  const aspect = typeof input === 'object' && input !== null ? Reflect.get(input, 'aspect') : null;
  return `${role ?? ''}/${typeof aspect === 'string' ? aspect : ''}`;
}

export function analysePlan(graph: TaskGraph<AssignedTask>, pace: Pace): PlanAnalysis {
  const open = graph.order.map((task) => ({
    ...{ id: task.id, agent: task.agent, dependsOn: task.dependsOn },
    ...{ kind: kindOf(task), runningSince: null },
  }));
  const atStep = new Map<number, number>();
  for (const level of graph.level.values()) atStep.set(level, (atStep.get(level) ?? 0) + 1);
  return {
    steps: graph.depth,
    width: Math.max(0, ...atStep.values()),
    criticalPath: criticalPath(open, (task) => expectedTime(task, pace) ?? 1),
    estimateMs: estimateRemaining(open, pace, new Date(0)),
    overlaps: overlapsOf(graph),
  };
}

/**
 * The chain of dependencies that takes longest.
 *
 * @param order dependencies first
 */
function criticalPath<T extends { readonly id: string; readonly dependsOn: readonly string[] }>(
  order: readonly T[],
  timeOf: (task: T) => number,
): string[] {
  const ends = new Map<string, { readonly time: number; readonly before: string | undefined }>();
  let last: string | undefined;
  for (const task of order) {
    let before: string | undefined;
    for (const id of task.dependsOn) {
      if (before === undefined || (ends.get(id)?.time ?? 0) > (ends.get(before)?.time ?? 0)) {
        before = id;
      }
    }
    const time = timeOf(task) + (before === undefined ? 0 : (ends.get(before)?.time ?? 0));
    ends.set(task.id, { time, before });
    if (last === undefined || time > (ends.get(last)?.time ?? 0)) last = task.id;
  }
  const path: string[] = [];
  for (let at = last; at !== undefined; at = ends.get(at)?.before) path.unshift(at);
  return path;
}

function overlapsOf({ order, byId }: TaskGraph<AssignedTask>): ScopeOverlap[] {
  const scoped = order.filter(({ scope }) => scope.length > 0);
  const found: ScopeOverlap[] = [];
  let comparisons = 0;
  for (const [index, task] of scoped.entries()) {
    const before = ancestorsOf(task, byId);
    for (const earlier of scoped.slice(0, index)) {
      if (++comparisons > maxComparisons || found.length === maxOverlaps) return found;
      if (before.has(earlier.id)) continue;
      const globs = scopesOverlap(earlier.scope, task.scope);
      if (globs !== undefined) found.push({ tasks: [earlier.id, task.id], globs });
    }
  }
  return found;
}

function ancestorsOf(task: AssignedTask, byId: ReadonlyMap<string, AssignedTask>): Set<string> {
  const found = new Set<string>();
  const queue = [...task.dependsOn];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    queue.push(...(byId.get(id)?.dependsOn ?? []));
  }
  return found;
}
