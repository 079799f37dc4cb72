import { AuroraError } from '../domain/errors.ts';
import type { MemoryTierName } from '../domain/memory.ts';
import type { MemoryAuditEntry } from '../storage/memory-audit-store.ts';
import { contentHash } from './content-hash.ts';
import { generalise, saysTooLittle } from './generalise.ts';
import type { MemoryEntry, MemoryTier, TierMemory } from './memory-tier.ts';
import type { WorkingTier } from './memory-tiers/working.ts';

interface UpkeepDeps {
  readonly tiers: Readonly<Record<MemoryTierName, MemoryTier>>;
  readonly working: WorkingTier;
  /** Runs an operation of a tier, whose failure says which one it was. */
  readonly at: <T>(tier: MemoryTierName, work: () => Promise<T>) => Promise<T>;
  readonly note: (entry: MemoryAuditEntry) => void;
  /** The names of a project and its repository. */
  readonly namesOf: (projectId: string) => Promise<readonly string[]>;
  /** Told which lessons have come or changed. */
  readonly onLessons: (ids: readonly string[]) => Promise<void>;
  readonly onUpkeep: (done: string, count: number) => void;
  readonly onError: (error: unknown) => void;
}

/** Milliseconds before an embedder that failed is asked for the vectors of memories again. */
const embedderPause = 60_000;
/** Memories that are promoted at once. */
const promoteBatch = 20;

/** Where memories go with time: merged, promoted, embedded. */
export function createUpkeep(deps: UpkeepDeps) {
  const { tiers, working, at, note, namesOf, onLessons, onUpkeep, onError } = deps;
  let embedderPausedUntil = 0;

  /** @returns whether some may have been left without a vector of the present embedder */
  async function embedSome(): Promise<boolean> {
    if (performance.now() < embedderPausedUntil) return false;
    let isMore = false;
    try {
      for (const tier of Object.values(tiers)) {
        const embedded = await at(tier.name, async () => tier.embedSome?.() ?? 0);
        isMore ||= embedded > 0;
        onUpkeep('embedded', embedded);
      }
    } catch (error) {
      if (!(error instanceof AuroraError) || error.code !== 'embedder-failed') throw error;
      embedderPausedUntil = performance.now() + embedderPause;
      onError(error);
      return false;
    }
    return isMore;
  }

  /** A memory as it may serve all projects. */
  async function general(memory: TierMemory): Promise<MemoryEntry> {
    const names = await namesOf(memory.projectId);
    const { projectId, type } = memory;
    const content = generalise(memory.content, names);
    const tags = memory.tags.filter((tag) => generalise(tag, names) === tag);
    return { projectId, type, content, contentHash: contentHash(content), tags, metadata: {} };
  }

  /** @returns undefined when too little of it would be left */
  async function lift(memory: TierMemory): Promise<TierMemory | undefined> {
    const to = memory.tier === 'short' ? 'working' : 'long';
    const { projectId: from, type, content, contentHash: hash, tags, metadata } = memory;
    const entry =
      to === 'long'
        ? await general(memory)
        : { projectId: from, type, content, contentHash: hash, tags, metadata };
    const isOfUse = to === 'working' || !saysTooLittle(entry.content, memory.content);
    const lifted = isOfUse ? await at(to, () => tiers[to].store(entry)) : undefined;
    await at(memory.tier, async () => tiers[memory.tier].settlePromotion?.(memory.id));
    if (lifted === undefined) return undefined;
    const { id: memoryId, projectId } = lifted;
    note({ action: 'promote', tier: to, memoryId, projectId, detail: { from: memory.id } });
    onUpkeep('promoted', 1);
    return lifted;
  }

  /**
   * Promotes some of the memories of a tier that have earned it, whoever died before it could be done.
   *
   * @param among only these
   */
  async function promoteSome(name: MemoryTierName, among?: readonly string[]): Promise<boolean> {
    const tier = tiers[name];
    const ids = await at(name, async () => tier.promotable?.(promoteBatch, among) ?? []);
    for (const id of ids) {
      const memory = await at(name, () => tier.get(id));
      if (memory !== undefined) await lift(memory);
    }
    return ids.length > 0;
  }

  async function consolidate(): Promise<boolean> {
    const { merged, contradicted, worked } = await at('working', () =>
      // Told and left: it would keep this project, and all that come after it, from being settled.
      working.consolidateSome((ids) => at('working', () => onLessons(ids)).catch(onError)),
    );
    for (const [action, count] of [
      ['merge', merged],
      ['contradict', contradicted],
    ] as const) {
      if (count > 0) note({ action, tier: 'working', detail: { count } });
    }
    onUpkeep('merged', merged);
    onUpkeep('contradicted', contradicted);
    return worked;
  }

  return {
    general,
    lift,
    promoteSome,
    /** @returns whether something may be left to do */
    async tendSome(): Promise<boolean> {
      // Short-term memory last: what of it is away keeps nothing else in disorder.
      const isMore = [
        await consolidate(),
        await promoteSome('working'),
        await embedSome(),
        await promoteSome('short'),
      ];
      return isMore.includes(true);
    },
  };
}
