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

/** Milliseconds between two of them. */
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
  lockDuration: number,
): Generator<Disturbance, never> {
  for (;;) {
    const after = Math.round(shortest + random() * (longest - shortest));
    const kind = kinds[Math.floor(random() * kinds.length)] as Victim['kind'];
    const which = random();
    const act = random() < freezes ? 'freeze' : 'kill';
    // A frozen one wakes up when its locks are gone, a killed one is soon replaced.
    const away = act === 'freeze' ? lockDuration * (1.2 + random()) : random() * 1_000;
    yield { after, kind, which, act, early: random() < early, away: Math.round(away) };
  }
}
