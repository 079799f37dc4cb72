/** branch: a branch is moved forward. patch: a file. pr: a pull (or merge) request at a forge. */
export const deliveryKinds = ['branch', 'patch', 'pr'] as const;
export type DeliveryKind = (typeof deliveryKinds)[number];

/** Where a run's work is to go. */
export type DeliveryRequest =
  | { readonly kind: 'branch'; readonly branch: string }
  | { readonly kind: 'patch'; readonly file: string }
  /** `into` is the branch that the run began from when not given. */
  | { readonly kind: 'pr'; readonly into?: string };

/** Reads `branch:NAME`, `pr`, `pr:INTO` or `patch:FILE`; undefined for anything else. */
export function parseDelivery(given: string): DeliveryRequest | undefined {
  const [, kind, place = ''] = /^(\w+)(?::(.+))?$/.exec(given) ?? [];
  if (kind === 'branch' && place !== '') return { kind, branch: place };
  if (kind === 'patch' && place !== '') return { kind, file: place };
  if (kind === 'pr') return { kind, ...(place === '' ? {} : { into: place }) };
  return undefined;
}

/**
 * What is wrong with a delivery of Maestro's: it could not be made yet, was given up, or its reviews cannot
 * be read; null when nothing is.
 */
export function deliveryTrouble({
  problem,
  lookProblem,
  dueAt,
  tries,
}: {
  readonly problem: string | null;
  readonly lookProblem: string | null;
  readonly dueAt: Date | null;
  readonly tries: number;
}): string | null {
  if (problem === null) {
    return lookProblem && `What reviewers and checks say is not read any more: ${lookProblem}`;
  }
  return dueAt === null
    ? `It could not be delivered: ${problem}`
    : `It was tried ${tries} time(s) and is tried again: ${problem}`;
}
