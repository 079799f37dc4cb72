import { compareCandidates, toCandidate, type AgentStats, type Candidate } from './agent-score.ts';
import { isCapable, type Pool, type TaskNeeds } from './assignment.ts';

/** A task that could start, but that nobody has started. */
export interface WaitingTask extends TaskNeeds {
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
  /** The agent that has it. */
  readonly holder: string;
  /** Whether a person, or an agent that handed it on, gave it to that agent. */
  readonly pinned: boolean;
  /** Milliseconds since it last changed agents; null when it never has. */
  readonly settledFor: number | null;
}

/** A task that goes to another agent, and why. */
export interface Move {
  readonly task: WaitingTask;
  readonly agent: string;
  /** One sentence for people. */
  readonly reason: string;
}

/** Milliseconds for which a task stays with an agent before load alone can move it again. */
const calm = 120_000;

interface Side {
  readonly agent: Pool;
  readonly candidate: Candidate;
  /** No worker has served it for so long that none is expected back. */
  readonly lost: boolean;
  /** Tasks that it runs, and that could start. */
  busy: number;
  /** Tasks that these moves have given it. */
  planned: number;
}

/**
 * Which waiting tasks go to another agent now: all that wait for a lost agent, and of an overloaded
 * one as many as make it even with an idle one. An agent is overloaded when more tasks could start
 * than it can run at once, twice over; idle when it has a free slot and nothing waits for it. Each such
 * move makes the larger of the two loads smaller, the idle one is idle no more, and a task moves for
 * load at most once in two minutes: tasks never go back and forth. What a person gave to an agent,
 * or another handed on to it, stays there unless that agent is lost; what the plan gives to one by name stays always (nobody else is
 * capable).
 *
 * @param tasks that could start, the least urgent first: these would wait longest
 * @param lost names of the agents whose workers are gone
 */
export function planMoves(
  tasks: readonly WaitingTask[],
  agents: readonly Pool[],
  stats: ReadonlyMap<string, AgentStats>,
  lost: ReadonlySet<string>,
): Move[] {
  const ready = new Map<string, number>();
  for (const { holder } of tasks) ready.set(holder, (ready.get(holder) ?? 0) + 1);
  const sides = agents.map((agent): Side => {
    const candidate = toCandidate(agent, stats.get(agent.name));
    const busy = candidate.stats.running + (ready.get(agent.name) ?? 0);
    return { agent, candidate, lost: lost.has(agent.name), busy, planned: 0 };
  });
  const byName = new Map(sides.map((side) => [side.agent.name, side]));
  const moves = new Map<WaitingTask, Move>();
  const holderOf = (task: WaitingTask) => byName.get(moves.get(task)?.agent ?? task.holder);
  const othersFor = (task: WaitingTask) =>
    sides.filter(
      (side) =>
        side !== holderOf(task) && side.candidate.live && !side.lost && isCapable(side.agent, task),
    );
  const move = (task: WaitingTask, to: Side, reason: string) => {
    const from = holderOf(task);
    if (from !== undefined) from.busy--;
    to.busy++;
    to.planned++;
    moves.set(task, { task, agent: to.agent.name, reason });
  };
  for (const task of tasks) {
    if (!lost.has(task.holder)) continue;
    const best = bestOf(othersFor(task));
    if (best) move(task, best, `no live worker serves ${task.holder}`);
  }
  // With what was just given out: else the next look would find an agent overloaded by it.
  const overloaded = new Set(sides.filter(isOverloaded));
  const idle = new Set(sides.filter(isIdle));
  for (const task of tasks) {
    const from = holderOf(task);
    if (from === undefined || from.lost || !overloaded.has(from)) continue;
    if (task.pinned || (task.settledFor ?? calm) < calm) continue;
    const [best] = othersFor(task)
      .filter((side) => idle.has(side))
      .sort((one, other) => loadOf(one, 1) - loadOf(other, 1));
    if (best === undefined || loadOf(best, 1) > loadOf(from, -1)) continue;
    const reason = `${from.agent.name} has ${from.busy} tasks to do, ${best.agent.name} is idle`;
    move(task, best, moves.get(task)?.reason ?? reason);
  }
  return [...moves.values()];
}

/** The best of some by score; the first of equals. */
const bestOf = (sides: readonly Side[]): Side | undefined => [...sides].sort(compareCandidates)[0];

const slotsOf = ({ candidate }: Side): number => candidate.stats.slots;

const isOverloaded = (side: Side): boolean =>
  side.candidate.live && side.busy >= 2 * slotsOf(side) + 1;

const isIdle = (side: Side): boolean =>
  side.candidate.live && side.busy === side.candidate.stats.running && side.busy < slotsOf(side);

/** How long its work takes, relative to others, with `more` tasks. */
const loadOf = ({ candidate, busy }: Side, more: number): number =>
  (busy + more) / (candidate.capacity * candidate.success);
