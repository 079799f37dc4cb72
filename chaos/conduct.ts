/** What the harness's agent does with a task, beside writing its effect. */
export interface Conduct {
  /** Milliseconds. */
  readonly sleep: number;
  /**
   * transient, error: the first attempt fails so. red: it writes what `verify` refuses. final: it
   * fails for good until a person says "retry"; skip: until a person says "skip".
   */
  readonly trouble?: 'transient' | 'error' | 'red' | 'final' | 'skip';
  /** Files to which other tasks add lines as well, so that they conflict when side by side. */
  readonly shared?: string[];
  /** Whether it changes these before it sleeps rather than at its end, and says so. */
  readonly early?: boolean;
  /** Whether it is checked: resolutions of conflicts that are only likely are then tried, too. */
  readonly checked?: boolean;
  /** Whether a program of it leaves a process behind, out of its process group and session. */
  readonly orphan: boolean;
  /** Smaller tasks that it has done first: one, those that need it, and one that needs them all. */
  readonly parts?: ConductedPart[];
}

type ConductedPart = { id: string; dependsOn: string[]; conduct: Omit<Conduct, 'parts'> };

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
    ...(sharing < 0.1 ? { shared: [shared] } : {}),
    orphan: random() < 0.1,
    ...randomParts(random),
  };
}

function randomParts(random: () => number): Pick<Conduct, 'parts'> {
  const splits = random() < 0.08;
  const last = 1 + Math.floor(random() * 3);
  const sleep = 20 + Math.floor(random() * 100);
  if (!splits) return {};
  const ids = Array.from({ length: last + 1 }, (_, index) => `p${index}`);
  const parts = ids.map((id, index) => ({
    id,
    dependsOn: index === last ? ids.slice(0, last) : ids.slice(0, Math.min(index, 1)),
    conduct: { sleep, orphan: false },
  }));
  return { parts };
}
