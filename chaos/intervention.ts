/** What a person does to a run while it goes on, beside answering its questions. */
export interface Intervention {
  readonly act: 'pause' | 'abort';
  /** When this share of its work is done, 0 to 1. */
  readonly after: number;
  /** Milliseconds until a paused run is resumed. */
  readonly lasts: number;
}

/** How many runs are paused for a while, and how many are aborted. */
const pauses = 0.8;
const aborts = 0.25;

/** What is done to a run, in the order in which it is; always takes the same count of random numbers. */
export function randomInterventions(random: () => number): Intervention[] {
  const draw = (act: Intervention['act'], share: number) => {
    const happens = random() < share;
    const intervention = { act, after: random() * 0.8, lasts: Math.round(500 + random() * 4_000) };
    return happens ? [intervention] : [];
  };
  return [...draw('pause', pauses), ...draw('abort', aborts)].sort(
    (one, other) => one.after - other.after,
  );
}
