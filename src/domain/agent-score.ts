import type { Agent } from './agent.ts';
import { successRate, type PastAttempt } from './success-rate.ts';

/** What is known of an agent at the moment of choosing. */
export interface AgentStats {
  readonly liveWorkers: number;
  /** Tasks that its live workers can run at once. */
  readonly slots: number;
  readonly running: number;
  /** Tasks that it has and that do not run, whatever they wait for. */
  readonly waiting: number;
  /** Its recent attempts. */
  readonly past: readonly PastAttempt[];
  /** Whether its circuit is open: its attempts keep failing for one reason. */
  readonly suspended: boolean;
}

/** Why an agent was chosen: the parts of its score, each above 0 and at most 1, and what they rest on. */
export interface AgentScore {
  /** The product of the three parts. */
  readonly score: number;
  /** 1 with a live worker, else (and while it is suspended) next to nothing. */
  readonly availability: number;
  /** Its recent success rate. */
  readonly success: number;
  /** 1 when it has nothing to do; falls with what it has and what the plan at hand has given it. */
  readonly load: number;
  readonly workers: number;
  readonly slots: number;
  readonly running: number;
  readonly waiting: number;
  /** Tasks of the plan at hand that it was given before this one. */
  readonly planned: number;
  /** Recent attempts that its success rate rests on. */
  readonly attempts: number;
}

/** An agent that could have a task, with what decides between it and others. */
export interface Candidate {
  readonly name: string;
  /** Whether a live worker serves it, and it is not suspended. */
  readonly live: boolean;
  /** Weight times tasks at once: its fair share of the work among agents that do equally well. */
  readonly capacity: number;
  readonly success: number;
  readonly stats: AgentStats;
}

/** An agent that the record does not know. */
export const unknownAgent: AgentStats = {
  ...{ liveWorkers: 0, slots: 0, running: 0, waiting: 0, past: [], suspended: false },
};
const leastAvailability = 0.01;

export function toCandidate(
  agent: Pick<Agent, 'name' | 'weight' | 'concurrency'>,
  stats: AgentStats = unknownAgent,
): Candidate {
  const served = stats.liveWorkers > 0 && stats.slots > 0;
  return {
    name: agent.name,
    live: served && !stats.suspended,
    capacity: agent.weight * (served ? stats.slots : agent.concurrency),
    success: successRate(stats.past),
    stats,
  };
}

/** Tasks that a candidate has, with those that the plan at hand has given it already. */
const backlogOf = ({ stats }: Candidate, planned: number): number =>
  stats.running + stats.waiting + planned;

/**
 * The score of the seed's assignment algorithm: `availability · success · load`, with
 * `load = 1 / (1 + 2 · backlog / capacity)`, so that free slots, and a short queue for what an agent
 * can do at once, weigh most. Among agents that do equally well the work comes out in proportion to
 * capacity, whatever they had to do before.
 */
export function scoreOf(candidate: Candidate, planned = 0): AgentScore {
  const { live, capacity, success, stats } = candidate;
  const availability = live ? 1 : leastAvailability;
  const load = 1 / (1 + (2 * backlogOf(candidate, planned)) / capacity);
  return {
    score: availability * success * load,
    ...{ availability, success, load },
    ...{ workers: stats.liveWorkers, slots: stats.slots },
    ...{ running: stats.running, waiting: stats.waiting, planned, attempts: stats.past.length },
  };
}

/**
 * Orders candidates, the better one first: by score; among equals it is the turn of the one that has
 * lately had least for its capacity (weighted round-robin, across plans too), else of the larger one.
 * Exact where scores are equal: no rounding decides.
 */
export function compareCandidates(
  a: { readonly candidate: Candidate; readonly planned: number },
  b: { readonly candidate: Candidate; readonly planned: number },
): number {
  const [one, other] = [a.candidate, b.candidate];
  if (one.live !== other.live) return one.live ? -1 : 1;
  const inverse = ({ candidate, planned }: typeof a) =>
    candidate.capacity + 2 * backlogOf(candidate, planned);
  const byScore =
    other.capacity * inverse(a) * other.success - one.capacity * inverse(b) * one.success;
  if (byScore !== 0) return byScore;
  const recent = ({ candidate, planned }: typeof a) => candidate.stats.past.length + planned;
  return recent(a) * other.capacity - recent(b) * one.capacity || other.capacity - one.capacity;
}

/** In words: how the score comes about, and what it rests on. */
export function scoreText(of: AgentScore): string {
  const { score, availability, success, load, attempts, running, slots, waiting, planned } = of;
  const parts = [
    `${availability.toFixed(2)} available`,
    `${success.toFixed(2)} success (${attempts} attempts)`,
    `${load.toFixed(2)} load (${running} of ${slots} slots busy, ${waiting + planned} queued)`,
  ];
  return `${score.toFixed(2)} = ${parts.join(' × ')}`;
}
