import type { Victim } from './victim.ts';

/** One act of the chaos; which one follows depends on the seed alone. */
export interface Disturbance {
  /** Milliseconds after the one before. */
  readonly after: number;
  readonly kind: Victim['kind'];
  /** From 0 to 1: which of those of the kind. */
  readonly which: number;
  readonly act: 'kill' | 'freeze';
  /** Whether it may be hit while it starts; on a slow machine nothing would ever get to work. */
  readonly early: boolean;
  /** Milliseconds until it comes back. */
  readonly away: number;
}

/** How fast things go on this machine now. */
export interface Pace {
  /** Milliseconds until the jobs of a silent worker are somebody else's. */
  readonly lockDuration: number;
  /** 1 on a quiet machine; on a slow one everything takes so many times as long. */
  readonly slowness: number;
}

/** Milliseconds between two of them, on a quiet machine. */
const shortest = 1_000;
const longest = 2_000;
/** How many of them freeze instead of kill. */
const freezes = 0.2;
/** How many hit what has just been started. */
const early = 0.2;

/** The endless row of a seed: always the same, however fast the machine is. */
export function* disturbances(
  random: () => number,
  kinds: readonly Victim['kind'][],
  pace: Pace,
): Generator<Disturbance, never> {
  for (;;) {
    const kind = kinds[Math.floor(random() * kinds.length)] as Victim['kind'];
    const act = random() < freezes ? 'freeze' : 'kill';
    yield disturbance(random, kind, act, random() < early, pace);
  }
}

/** Kills one of each kind and freezes another worker, in a random order. */
export function oneOfEach(
  random: () => number,
  kinds: readonly Victim['kind'][],
  pace: Pace,
): Disturbance[] {
  const kills = kinds.map((kind) => disturbance(random, kind, 'kill', true, pace));
  const freeze = disturbance(random, 'worker', 'freeze', true, pace);
  return [...kills.map((kill) => ({ ...kill, which: 0 })), { ...freeze, which: 0.99 }]
    .map((each) => ({ each, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ each }) => each);
}

function disturbance(
  random: () => number,
  kind: Victim['kind'],
  act: Disturbance['act'],
  isEarly: boolean,
  { lockDuration, slowness }: Pace,
): Disturbance {
  const after = (shortest + random() * (longest - shortest)) * slowness;
  // A frozen one wakes up when its locks are gone, a killed one is soon replaced.
  const away = act === 'freeze' ? lockDuration * (1.2 + random()) : random() * 1_000;
  const which = random();
  return { after: Math.round(after), kind, which, act, early: isEarly, away: Math.round(away) };
}
