import { AuroraError } from '../domain/errors.ts';
import type { MemoryTierName } from '../domain/memory.ts';
import type { MemoryAuditEntry } from '../storage/memory-audit-store.ts';
import { contentHash } from './content-hash.ts';
import { provenPatternsOf, repeatedFailure } from './lesson-patterns.ts';
import { memoryIdOf, parseMemoryId } from './memory-id.ts';
import type { MemoryIdentity, MemoryTier, TierMemory } from './memory-tier.ts';
import type { WorkingTier } from './memory-tiers/working.ts';

interface ForgettingDeps {
  readonly tiers: Readonly<Record<MemoryTierName, MemoryTier>>;
  readonly working: WorkingTier;
  /** Runs an operation of a tier, whose failure says which one it was. */
  readonly at: <T>(tier: MemoryTierName, work: () => Promise<T>) => Promise<T>;
  /** What a memory is the same as in long-term memory. */
  readonly generalIdentity: (memory: TierMemory) => Promise<MemoryIdentity>;
  /** Makes the pattern of a signature anew of the failures that are left, if they are enough. */
  readonly renewRepeated: (projectId: string, signature: string) => Promise<void>;
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
  const { tiers, working, at, note, renewRepeated } = deps;
  const taught = await at('working', () => working.reflexionsIn([memory.id]));
  const signatures = new Set(taught.map(({ signature }) => signature));
  const ids = await withDerived(deps, memory, signatures);
  // The named one last: as long as it is there, forgetting can be gone on with.
  for (const each of [...ids.filter((other) => other !== memory.id), memory.id]) {
    const { tier } = parseMemoryId(each);
    await at(tier, () => tiers[tier].forget(each));
    note({ action: 'forget', tier, memoryId: each, projectId: memory.projectId });
  }
  await at('working', () => working.forgetTrials(ids));
  // What was merged after it was looked up was not there to be removed: it is an origin of another now.
  for (const kept of await keepersOf(deps, ids)) ids.push(...(await forgetAll(deps, kept)));
  const left = (await Promise.all(ids.map((each) => tiers[parseMemoryId(each).tier].get(each))))
    .filter((each) => each !== undefined)
    .map((each) => each.id);
  if (left.length > 0) {
    throw new AuroraError('memory-tier-failed', `Still remembered: ${left.join(', ')}.`);
  }
  for (const signature of signatures) {
    await at('working', () => renewRepeated(memory.projectId, signature));
  }
  return ids;
}

/** The ids in all tiers of a memory and of what was merged into it, and of the patterns made of it. */
async function withDerived(
  { tiers, working, at, generalIdentity }: ForgettingDeps,
  memory: TierMemory,
  signatures: ReadonlySet<string>,
): Promise<string[]> {
  const same: MemoryIdentity[] = [];
  const origins = await originsOf(memory, working, at);
  for (const version of [memory, ...origins.map((origin) => asItWas(memory, origin))]) {
    same.push(version, await generalIdentity(version));
  }
  for (const pattern of patternsOn(memory, origins, signatures)) {
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

/** The patterns that stand on a lesson, or may have its words, and fall with it. */
function patternsOn(
  { projectId, id }: TierMemory,
  origins: readonly Origin[],
  signatures: ReadonlySet<string>,
): MemoryIdentity[] {
  if (signatures.size === 0) return [];
  const lesson = { projectId, memoryId: parseMemoryId(id).id };
  const repeated = [...signatures].map((signature) => repeatedFailure(projectId, signature));
  return [...provenPatternsOf(lesson, origins), ...repeated];
}

/** The memories that some of these were merged into. */
async function keepersOf(
  { working, at }: ForgettingDeps,
  ids: readonly string[],
): Promise<TierMemory[]> {
  const keepers: TierMemory[] = [];
  for (const each of ids) {
    const { tier, id } = parseMemoryId(each);
    if (tier !== 'working') continue;
    const keeper = await at(tier, () => working.upkeep.keeperOf(id));
    const kept = keeper && (await at(tier, () => working.get(memoryIdOf(tier, keeper))));
    if (kept) keepers.push(kept);
  }
  return keepers;
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
