/** What a person does to a run while it goes on, beside answering its questions. */
export interface Intervention {
  readonly act: 'pause' | 'abort';
  /** When this share of its work is done, 0 to 1. */
  readonly after: number;
  /** Milliseconds until a paused run is resumed. */
  readonly lasts: number;
}

/** Half of the runs are paused for a while, an eighth is aborted. */
const pauses = 0.5;
const aborts = 0.125;

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
