import type { Way } from './give-way.ts';
import type { ParkReason, TaskState } from './task.ts';

/** What is known of a task and its surroundings, as far as it can hold the task back. */
export interface WaitingFacts {
  readonly state: TaskState;
  readonly agent: string;
  readonly parkedFor: ParkReason | null;
  /** Whom it has let go first last. */
  readonly gaveWay: Way | null;
  readonly retryAt: Date | null;
  readonly dependencies: readonly {
    readonly id: string;
    readonly state: TaskState;
    readonly startedAt: Date | null;
  }[];
  readonly run: {
    readonly paused: boolean;
    /** Whether its plan waits for somebody to approve it. */
    readonly unapproved: boolean;
    /** It is paused because its budget is used up. */
    readonly spent: boolean;
    readonly aborting: boolean;
    readonly maxParallel: number | null;
    /** Its tasks that run. */
    readonly running: number;
  };
  /** Why its agent is suspended, and until when at least; null when it is not. */
  readonly suspended: { readonly reason: string; readonly probeAt: Date } | null;
  readonly project: { readonly name: string; readonly maxParallel: number | null };
  /** What the live workers of its agent offer and do. */
  readonly load: { readonly workers: number; readonly slots: number; readonly running: number };
  /** Tasks of its run and agent that could start, too, and come before it. */
  readonly ahead: number;
}

/**
 * What a waiting task waits for, in one sentence; null for a task that does not wait. The first thing
 * that holds it back is named: until that is over, nothing else matters.
 */
export function waitingReason(facts: WaitingFacts, now: Date): string | null {
  const { state, agent, run, load, ahead } = facts;
  if (state !== 'waiting') return null;
  if (run.aborting) return 'the run is being aborted';
  if (run.unapproved) return 'the plan waits for approval';
  const open = facts.dependencies.filter((one) => one.state !== 'done' && one.state !== 'skipped');
  if (open.length > 0) return `waits for ${named(open, now)}`;
  if (facts.parkedFor === 'answer') return 'waits for the answer to a question';
  if (run.spent) return 'the run is paused: its budget is used up (aurora escalations)';
  if (run.paused || facts.parkedFor === 'resume') return 'the run is paused';
  if (facts.parkedFor === 'room') {
    const { name, maxParallel } = facts.project;
    const byRun =
      run.maxParallel !== null && (maxParallel === null || run.running >= run.maxParallel);
    return byRun
      ? `waits for room: at most ${run.maxParallel} of the run's tasks run at once`
      : `waits for room: project "${name}" may run ${maxParallel} ${maxParallel === 1 ? 'task' : 'tasks'} at once`;
  }
  if (facts.parkedFor === 'files' && facts.gaveWay !== null) {
    const { to, file } = facts.gaveWay;
    return `lets ${to} go first, which changes ${file}: there is other work for ${agent}`;
  }
  if (facts.suspended !== null) {
    const { reason, probeAt } = facts.suspended;
    const next = probeAt.getTime() - now.getTime();
    const probe = next > 0 ? `the next probe is in ${seconds(next)}` : 'a probe is due';
    return `agent ${agent} is suspended, its attempts keep failing: ${shorten(reason)} (${probe})`;
  }
  const left = (facts.retryAt?.getTime() ?? 0) - now.getTime();
  if (left > 0) return `next attempt in ${seconds(left)}`;
  if (load.workers === 0) return `no live worker serves agent ${agent}`;
  const queue = ahead === 0 ? '' : `, behind ${ahead} other ${ahead === 1 ? 'task' : 'tasks'}`;
  return load.running >= load.slots
    ? `waits for a free slot of ${agent} (${load.running} of ${load.slots} taken)${queue}`
    : `is about to be taken by ${agent}${queue}`;
}

/** How many dependencies are named; the rest are counted. */
const shown = 3;

function named(open: WaitingFacts['dependencies'], now: Date): string {
  const names = open.slice(0, shown).map(({ id, state, startedAt }) => {
    if (state === 'running' && startedAt !== null) {
      return `${id} (running for ${seconds(now.getTime() - startedAt.getTime())})`;
    }
    return state === 'waiting' ? id : `${id} (${state})`;
  });
  const more = open.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** One line of it, for a sentence. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}

function seconds(milliseconds: number): string {
  const total = Math.max(1, Math.ceil(milliseconds / 1_000));
  return total < 120 ? `${total} s` : `${Math.round(total / 60)} min`;
}
