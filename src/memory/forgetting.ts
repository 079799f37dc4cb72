import { AuroraError } from '../domain/errors.ts';
import type { MemoryTierName } from '../domain/memory.ts';
import type { MemoryAuditEntry } from '../storage/memory-audit-store.ts';
import { contentHash } from './content-hash.ts';
import { patternsOn } from './lesson-patterns.ts';
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
  for (const version of [memory, ...(await mergedInto(memory, working, at))]) {
    same.push(version, await generalIdentity(version));
  }
  for (const lesson of await working.reflexionsIn([memory.id])) {
    const repeats = await working.repeats(lesson.projectId, lesson.signature);
    for (const pattern of patternsOn(lesson, repeats)) {
      same.push(pattern);
      const id = await at('working', () => working.idOf(pattern));
      const made = id === undefined ? undefined : await working.get(id);
      if (made !== undefined) same.push(await generalIdentity(made));
    }
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

/** What was merged into a memory, as it was: a copy may have gone to another tier before that. */
async function mergedInto(
  memory: TierMemory,
  working: WorkingTier,
  at: ForgettingDeps['at'],
): Promise<TierMemory[]> {
  const { tier, id } = parseMemoryId(memory.id);
  if (tier !== 'working') return [];
  const origins = await at('working', () => working.upkeep.originsOf(id));
  return origins.map(({ content, tags, metadata }) => ({
    ...{ ...memory, content, tags, metadata },
    contentHash: contentHash(content),
  }));
}
