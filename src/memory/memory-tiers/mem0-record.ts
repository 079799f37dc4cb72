import type { MemoryType } from '../../domain/memory.ts';
import { memoryIdOf } from '../memory-id.ts';
import type { MemoryEntry, TierMemory } from '../memory-tier.ts';

/** What of a memory Mem0 keeps as metadata. The rest is one string: Mem0 recases nested keys. */
export interface Mem0Metadata {
  /** Type and content hash: by this a memory is found again. */
  readonly contentHash: string;
  readonly aurora: string;
  readonly uses?: number;
  readonly outcomes?: number;
  readonly successes?: number;
}

/** A memory as Mem0 answers it, in process or hosted. */
export interface Mem0Item {
  readonly id: string;
  readonly memory?: string;
  readonly createdAt?: string | Date;
  readonly metadata?: Record<string, unknown> | null;
}

export const mem0Hash = (entry: Pick<MemoryEntry, 'type' | 'contentHash'>): string =>
  `${entry.type}-${entry.contentHash}`;

export function toMetadata(entry: MemoryEntry): Mem0Metadata {
  const { projectId, type, contentHash, tags, metadata } = entry;
  return {
    contentHash: mem0Hash(entry),
    aurora: JSON.stringify({ projectId, type, contentHash, tags, metadata }),
  };
}

/** Undefined for an item that Aurora did not write (a hosted account may hold others). */
export function fromMem0(item: Mem0Item): TierMemory | undefined {
  const { aurora, uses, outcomes, successes } = (item.metadata ?? {}) as Partial<Mem0Metadata>;
  if (typeof aurora !== 'string' || item.memory === undefined) return undefined;
  const kept = JSON.parse(aurora) as {
    projectId: string;
    type: MemoryType;
    contentHash: string;
    tags: string[];
    metadata: Record<string, unknown>;
  };
  return {
    ...kept,
    id: memoryIdOf('long', item.id),
    tier: 'long',
    content: item.memory,
    uses: uses ?? 0,
    outcomes: outcomes ?? 0,
    successes: successes ?? 0,
    agents: [],
    createdAt: item.createdAt === undefined ? new Date(0) : new Date(item.createdAt),
    expiresAt: null,
  };
}

/** The entry with the tags and metadata of what is already kept added to its own. */
export function mergeEntry(kept: TierMemory, entry: MemoryEntry): MemoryEntry {
  return {
    ...entry,
    projectId: kept.projectId,
    tags: [...new Set([...kept.tags, ...entry.tags])].sort(),
    metadata: { ...kept.metadata, ...entry.metadata },
  };
}
