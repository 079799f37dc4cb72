/** How attempts ended that a lesson was for: those that were given it and those it was withheld from. */
export interface LessonTrials {
  readonly trials: number;
  readonly successes: number;
  readonly withheldTrials: number;
  readonly withheldSuccesses: number;
}

export interface LessonEffect {
  /** Expected gain in the share of attempts that succeed, -1 to 1. */
  readonly lift: number;
  /** Between these it lies with a probability of 90 %. */
  readonly low: number;
  readonly high: number;
  /** Probability that the gain is worth having ({@link worthHaving}), 0 to 1. */
  readonly helps: number;
}

export const lessonStates = ['trial', 'proven', 'retired'] as const;
export type LessonState = (typeof lessonStates)[number];

/** The gain in the share of successes from which a lesson is worth its place in a prompt. */
const worthHaving = 0.05;
/** Trials from which a lesson may be judged. */
const leastTrials = 8;
/** With less hope than this a lesson is retired. */
const leastHope = 0.15;
/** With more certainty than this it is proven. */
const certainty = 0.95;
/** Attempts that the baseline of all lessons counts for beside the few withheld from one lesson. */
const baselineWeight = 4;

/**
 * What a lesson does, from attempts by chance given it or not. Both shares of success are taken as
 * Beta distributed (uniform prior for those given it, the baseline as a prior for those it was
 * withheld from, since these are few), and their difference as normal, which errs little even for a
 * handful of attempts: Agresti and Caffo, "Simple and effective confidence intervals for
 * proportions and differences of proportions", The American Statistician 54 (2000).
 *
 * @param baseline share of the attempts that succeeded without a lesson meant for them, 0 to 1
 */
export function lessonEffect(counts: LessonTrials, baseline: number): LessonEffect {
  const given = beta(1 + counts.successes, 1 + counts.trials - counts.successes);
  const without = beta(
    baselineWeight * baseline + counts.withheldSuccesses,
    baselineWeight * (1 - baseline) + counts.withheldTrials - counts.withheldSuccesses,
  );
  const lift = given.mean - without.mean;
  const deviation = Math.sqrt(given.variance + without.variance);
  return {
    lift,
    low: Math.max(-1, lift - 1.645 * deviation),
    high: Math.min(1, lift + 1.645 * deviation),
    helps: normalShare((lift - worthHaving) / deviation),
  };
}

/**
 * Whether a lesson has shown that it helps (proven), that it hardly can (retired: other tasks get it
 * no more), or neither yet.
 */
export function lessonState(counts: LessonTrials, { helps }: LessonEffect): LessonState {
  if (!isTried(counts)) return 'trial';
  if (helps < leastHope) return 'retired';
  return helps > certainty ? 'proven' : 'trial';
}

/** Whether there are enough trials to judge a lesson by. */
export const isTried = ({ trials }: Pick<LessonTrials, 'trials'>): boolean => trials >= leastTrials;

/** Share of success without lessons, among attempts of one kind; a half when there are none yet. */
export function baselineOf(withheld: { readonly trials: number; readonly successes: number }) {
  return (withheld.successes + 1) / (withheld.trials + 2);
}

function beta(a: number, b: number): { mean: number; variance: number } {
  const n = a + b;
  return { mean: a / n, variance: (a * b) / (n * n * (n + 1)) };
}

/** The standard normal distribution up to z, to 1e-7: Abramowitz and Stegun, formula 26.2.17. */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}
