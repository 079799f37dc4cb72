import { AuroraError } from '../domain/errors.ts';
import type { MemoryTierName } from '../domain/memory.ts';
import type { MemoryAuditEntry } from '../storage/memory-audit-store.ts';
import { contentHash } from './content-hash.ts';
import { fallenPattern, provenPatternsOf } from './lesson-patterns.ts';
import { parseMemoryId } from './memory-id.ts';
import type { MemoryIdentity, MemoryTier, TierMemory } from './memory-tier.ts';
import type { WorkingTier } from './memory-tiers/working.ts';

interface ForgettingDeps {
  readonly tiers: Readonly<Record<MemoryTierName, MemoryTier>>;
  readonly working: WorkingTier;
  /** Runs an operation of a tier, whose failure says which one it was. */
  readonly at: <T>(tier: MemoryTierName, work: () => Promise<T>) => Promise<T>;
  /** What a memory is the same as in long-term memory. */
  readonly generalIdentity: (memory: TierMemory) => Promise<MemoryIdentity>;
  readonly note: (entry: MemoryAuditEntry) => void;
}

/**
 * Removes a memory and everything that came of it from all tiers, and looks again.
 *
 * @returns the ids that are gone, the named one among them
 * @throws AuroraError memory-tier-failed: some of it may be left, and the same call goes on
 */
export async function forgetAll(
  deps: ForgettingDeps,
  memory: TierMemory,
): Promise<readonly string[]> {
  const { tiers, working, at, note } = deps;
  const ids = await withDerived(deps, memory);
  // The named one last: as long as it is there, forgetting can be gone on with.
  for (const each of [...ids.filter((other) => other !== memory.id), memory.id]) {
    const { tier } = parseMemoryId(each);
    await at(tier, () => tiers[tier].forget(each));
    note({ action: 'forget', tier, memoryId: each, projectId: memory.projectId });
  }
  await at('working', () => working.forgetTrials(ids));
  const left = (await Promise.all(ids.map((each) => tiers[parseMemoryId(each).tier].get(each))))
    .filter((each) => each !== undefined)
    .map((each) => each.id);
  if (left.length > 0) {
    throw new AuroraError('memory-tier-failed', `Still remembered: ${left.join(', ')}.`);
  }
  return ids;
}

/** The ids in all tiers of a memory and of what was merged into it, and of the patterns made of it. */
async function withDerived(
  { tiers, working, at, generalIdentity }: ForgettingDeps,
  memory: TierMemory,
): Promise<string[]> {
  const same: MemoryIdentity[] = [];
  const origins = await originsOf(memory, working, at);
  for (const version of [memory, ...origins.map((origin) => asItWas(memory, origin))]) {
    same.push(version, await generalIdentity(version));
  }
  for (const pattern of await patternsOn(memory, origins, working)) {
    same.push(pattern);
    const id = await at('working', () => working.idOf(pattern));
    const made = id === undefined ? undefined : await working.get(id);
    if (made !== undefined) same.push(await generalIdentity(made));
  }
  const ids = new Set([memory.id]);
  for (const each of same) {
    for (const tier of Object.values(tiers)) {
      const id = await at(tier.name, () => tier.idOf(each));
      if (id !== undefined) ids.add(id);
    }
  }
  return [...ids];
}

/** The patterns that stand on a lesson and fall with it. */
async function patternsOn(
  memory: TierMemory,
  origins: readonly Origin[],
  working: WorkingTier,
): Promise<MemoryIdentity[]> {
  const [first, ...others] = await working.reflexionsIn([memory.id]);
  if (first === undefined) return [];
  const patterns = provenPatternsOf(first, origins);
  const gone = new Map<string, number>();
  for (const { signature } of [first, ...others]) {
    gone.set(signature, (gone.get(signature) ?? 0) + 1);
  }
  for (const [signature, count] of gone) {
    const recorded = await working.repeats(first.projectId, signature);
    patterns.push(...fallenPattern(first.projectId, signature, { recorded, gone: count }));
  }
  return patterns;
}

type Origin = Awaited<ReturnType<WorkingTier['upkeep']['originsOf']>>[number];

async function originsOf(
  memory: TierMemory,
  working: WorkingTier,
  at: ForgettingDeps['at'],
): Promise<readonly Origin[]> {
  const { tier, id } = parseMemoryId(memory.id);
  return tier === 'working' ? at('working', () => working.upkeep.originsOf(id)) : [];
}

/** What was merged into a memory, as it was: a copy may have gone to another tier before that. */
const asItWas = (memory: TierMemory, { content, tags, metadata }: Origin): TierMemory => ({
  ...{ ...memory, content, tags, metadata },
  contentHash: contentHash(content),
});
