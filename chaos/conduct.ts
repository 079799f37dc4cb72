/** What the harness's agent does with a task, beside writing its effect. */
export interface Conduct {
  /** Milliseconds. */
  readonly sleep: number;
  /**
   * transient, error: the first attempt fails so. red: it writes what `verify` refuses. final: it
   * fails for good until a person says "retry"; skip: until a person says "skip".
   */
  readonly trouble?: 'transient' | 'error' | 'red' | 'final' | 'skip';
  /** A file to which other tasks add lines as well, so that they conflict when side by side. */
  readonly shared?: string;
  /** Whether a program of it leaves a process behind, out of its process group and session. */
  readonly orphan: boolean;
}

const shares: readonly (readonly [NonNullable<Conduct['trouble']>, number])[] = [
  ['transient', 0.06],
  ['error', 0.04],
  ['red', 0.04],
  ['final', 0.02],
  ['skip', 0.01],
];

/** Always takes the same count of random numbers, so that one choice does not shift all others. */
export function randomConduct(random: () => number): Conduct {
  const sleep = 20 + Math.floor(random() * 400);
  let fate = random();
  const trouble = shares.find(([, share]) => (fate -= share) < 0)?.[0];
  const sharing = random();
  const shared = `shared-${Math.floor(random() * 3)}.txt`;
  return {
    sleep,
    ...(trouble === undefined ? {} : { trouble }),
    ...(sharing < 0.1 ? { shared } : {}),
    orphan: random() < 0.1,
  };
}
