import { z } from 'zod';

/** Who can speak or be spoken to. Agents and workers are named: `agent:backend`, `worker:wrk_…`. */
const partyKinds = [
  'maestro',
  'agent',
  'worker',
  'memory',
  'human',
  'producer',
  /** Everybody who follows the run. */
  'all',
] as const;
export type PartyKind = (typeof partyKinds)[number];

const named: ReadonlySet<string> = new Set(['agent', 'worker']);

/** What kind of party a name such as `maestro` or `agent:backend` stands for; undefined: none. */
export function partyKindOf(name: string): PartyKind | undefined {
  const [, kind, own] = /^([a-z]+)(?::([\w.-]{1,200}))?$/.exec(name) ?? [];
  const known = partyKinds.find((each) => each === kind);
  return known !== undefined && named.has(known) === (own !== undefined) ? known : undefined;
}

export const partySchema = z
  .string()
  .refine((name) => partyKindOf(name) !== undefined, 'must be a party such as "agent:backend"');
