import type { MemoryTierName, MemoryType } from '../domain/memory.ts';

/** What memory holds; of one project, or of all. */
export interface MemoryStats {
  /** Working memory by type. */
  readonly working: readonly {
    readonly type: MemoryType;
    readonly memories: number;
    /** Those that a newer memory says the opposite of. */
    readonly contradicted: number;
    /** Memories that were merged into these. */
    readonly merged: number;
  }[];
  /** What was done to memories, ever, by action and tier. */
  readonly actions: readonly {
    readonly action: string;
    readonly tier: MemoryTierName;
    readonly count: number;
  }[];
}
