import type { Requirement } from './requirement.ts';
import type { TaskState } from './task.ts';

/**
 * uncovered: no task serves it. open: a task that serves it is not finished. unmerged: one ended
 * without its work (failed, cancelled). unverified: merged, but what was to check it has not passed,
 * or nothing checks the acceptance criteria that it states. waived: a person skipped one of its
 * tasks. unchecked: merged, and nobody said how to check it. done: merged, and its checks passed.
 * withdrawn: taken out of the run.
 */
export const requirementStates = [
  'uncovered',
  'open',
  'unmerged',
  'unverified',
  'waived',
  'unchecked',
  'done',
  'withdrawn',
] as const;
export type RequirementState = (typeof requirementStates)[number];

/** States that let a run end as done. */
const settled: readonly RequirementState[] = ['done', 'unchecked', 'waived', 'withdrawn'];

/** A task that serves a requirement, as far as the requirement's state depends on it. */
export interface ServingTask {
  readonly id: string;
  readonly state: TaskState;
  /** Whether it has a `verify`. */
  readonly hasCheck: boolean;
  /** Whether its check passed on the very commit that was merged. */
  readonly passed: boolean;
}

export interface RequirementVerdict {
  readonly state: RequirementState;
  /** Why it is not done; null when it is. */
  readonly reason: string | null;
}

/**
 * What has become of a requirement, from the tasks that serve it.
 *
 * @param runHasChecks whether anything at all is checked in the run
 */
export function requirementState(
  { acceptance, withdrawn }: Pick<Requirement, 'acceptance'> & { readonly withdrawn: boolean },
  tasks: readonly ServingTask[],
  runHasChecks: boolean,
): RequirementVerdict {
  const named = (found: readonly ServingTask[]) => found.map(({ id }) => id).join(', ');
  const inState = (...states: TaskState[]) => tasks.filter(({ state }) => states.includes(state));
  if (withdrawn) return { state: 'withdrawn', reason: 'it was taken out of the run' };
  if (tasks.length === 0) return { state: 'uncovered', reason: 'no task serves it' };
  const ended = inState('failed', 'cancelled');
  if (ended.length > 0) {
    const states = ended.map(
      ({ id, state }) => `${id} ${state === 'failed' ? state : `was ${state}`}`,
    );
    return { state: 'unmerged', reason: states.join(', ') };
  }
  const open = inState('waiting', 'running');
  if (open.length > 0) return { state: 'open', reason: `not finished: ${named(open)}` };
  const red = tasks.filter(
    ({ state, hasCheck, passed }) => state === 'done' && hasCheck && !passed,
  );
  if (red.length > 0) {
    return { state: 'unverified', reason: `no check passed on what was merged of ${named(red)}` };
  }
  const skipped = inState('skipped');
  if (skipped.length > 0) return { state: 'waived', reason: `${named(skipped)} was skipped` };
  if (tasks.some(({ hasCheck }) => hasCheck)) return { state: 'done', reason: null };
  return acceptance.length > 0 && runHasChecks
    ? {
        state: 'unverified',
        reason: `it states how it is to be judged, and none of its tasks (${named(tasks)}) has a check`,
      }
    : { state: 'unchecked', reason: 'none of its tasks has a check' };
}

/** Whether a requirement in this state keeps its run from ending as done. */
export function keepsFromDone(state: RequirementState): boolean {
  return !settled.includes(state);
}

/** Why a run that has come to its end is not done; null when nothing is missing. */
export function missingSentence(
  requirements: readonly (RequirementVerdict & Pick<Requirement, 'id' | 'title'>)[],
): string | null {
  const missing = requirements.filter(({ state }) => keepsFromDone(state));
  if (missing.length === 0) return null;
  const shown = missing.slice(0, 10).map(({ id, title, reason }) => `${id} "${title}" (${reason})`);
  const more = missing.length > shown.length ? [`and ${missing.length - shown.length} more`] : [];
  const count = missing.length === 1 ? 'A requirement is' : `${missing.length} requirements are`;
  return `${count} not done: ${[...shown, ...more].join('; ')}.`;
}
