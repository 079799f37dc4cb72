import { MemoryType } from '../domain/memory.ts';
import type { ComparedMemory, MemoryUpkeepStore } from '../storage/memory-upkeep-store.ts';
import { contradiction, gistOf, saysTheSame } from './sameness.ts';

/** Failures are counted one by one, and session context is gone in an hour. */
const types = [MemoryType.PATTERN, MemoryType.DECISION, MemoryType.CONFLICT];
/** Memories that are compared at once. */
const batch = 50;
/** Memories that each is compared with: those of most common words. */
const candidates = 8;

export interface Consolidated {
  readonly merged: number;
  readonly contradicted: number;
  /** Whether there was anything to compare; then there may be more. */
  readonly worked: boolean;
}

/**
 * Compares some of the memories that have come or changed with those that are like them: what says the
 * same is merged, of two that say the opposite the newer wins. A project's revision says how far it got, so
 * that it goes on where it was stopped, and nothing is compared where nothing has changed.
 *
 * @param alike the ids of a project's memories that hold the same words, the most alike first
 */
export async function consolidateSome(
  store: MemoryUpkeepStore,
  alike: (projectId: string, memory: ComparedMemory, limit: number) => Promise<readonly string[]>,
): Promise<Consolidated> {
  const scope = await store.nextScope();
  if (scope === undefined) return { merged: 0, contradicted: 0, worked: false };
  const { projectId, revision, consolidated } = scope;
  const changed = await store.changedSince(projectId, consolidated, types, batch);
  const gone = new Set<string>();
  let merged = 0;
  let contradicted = 0;
  for (const memory of changed) {
    if (gone.has(memory.id)) continue;
    const ids = await alike(projectId, memory, candidates);
    for (const other of await store.among(ids.filter((id) => id !== memory.id && !gone.has(id)))) {
      if (other.type !== memory.type) continue;
      const [older, newer] = inTime(memory, other);
      if (saysTheSame(gistOf(memory.content), gistOf(other.content))) {
        // The one that is used is known by its id: to the record of attempts, and in long-term memory.
        const [kept, dropped] = older.uses >= newer.uses ? [older, newer] : [newer, older];
        if (!(await store.merge(projectId, kept, dropped))) continue;
        merged++;
        gone.add(dropped.id);
        if (dropped.id === memory.id) break;
      } else if (contradiction(older.content, newer.content) !== undefined) {
        if (await store.contradict(older.id, newer.id)) contradicted++;
      }
    }
  }
  const last = changed.length < batch ? revision : (changed.at(-1) as ComparedMemory).revision;
  await store.settleScope(projectId, last);
  return { merged, contradicted, worked: true };
}

const inTime = (one: ComparedMemory, other: ComparedMemory) =>
  one.createdAt < other.createdAt ||
  (one.createdAt.getTime() === other.createdAt.getTime() && one.sequence < other.sequence)
    ? ([one, other] as const)
    : ([other, one] as const);
