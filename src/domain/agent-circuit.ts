import type { FailureClass } from './failure.ts';

/** Tasks that must fail in a row, for one reason, before their agent is suspended. */
export const circuitThreshold = 5;

/** Milliseconds to the first probe of a suspended agent, and between two at most. */
const [firstPause, longestPause] = [5_000, 5 * 60_000];

/**
 * Classes of failures that can be the agent's: a bad key, a missing program, a model that is away.
 * The others are about the task (verify, conflict, timeout), about time, or about Aurora.
 */
export const agentFailureClasses: readonly FailureClass[] = ['transient', 'permanent', 'error'];

/** Failures that come after work that an agent could do: it is well. */
export const wellFailureClasses: readonly FailureClass[] = ['verify', 'conflict'];

/** The end of an attempt, as far as it tells of its agent. */
export interface AgentAttempt {
  /** Names the task over all runs. */
  readonly task: string;
  /** What its failure has in common with others; null when the agent did its work. */
  readonly signature: string | null;
}

/**
 * Whether an agent is to be suspended: the newest attempts of the last tasks that it tried, all
 * different ones, failed for one and the same reason. One task that fails again and again is that
 * task's trouble, and a single success in between shows that the agent is well. Pure.
 *
 * @param newestFirst the ends of its attempts since it was last suspended
 */
export function shallSuspend(newestFirst: readonly AgentAttempt[]): boolean {
  const newest = new Map<string, string | null>();
  for (const { task, signature } of newestFirst) {
    if (newest.size === circuitThreshold) break;
    if (!newest.has(task)) newest.set(task, signature);
  }
  const [reason, ...others] = newest.values();
  return (
    newest.size === circuitThreshold &&
    typeof reason === 'string' &&
    others.every((other) => other === reason)
  );
}

/**
 * Milliseconds from one probe of a suspended agent to the next: 5 s, 10 s, … at most five minutes.
 *
 * @param probes how many there were so far
 */
export function probePause(probes: number): number {
  return Math.min(firstPause * 2 ** Math.min(probes, 20), longestPause);
}
