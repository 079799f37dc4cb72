import type { Memory, MemoryTierName, MemoryType } from '../domain/memory.ts';

/** What makes two memories the same; in long-term memory they are of all projects. */
export type MemoryIdentity = Pick<MemoryEntry, 'projectId' | 'type' | 'contentHash'>;

/** A memory as the coordinator hands it to a tier: valid, clean and hashed. */
export interface MemoryEntry {
  readonly projectId: string;
  readonly type: MemoryType;
  readonly content: string;
  /** The same project, type and hash is the same memory. */
  readonly contentHash: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** When it was stored elsewhere, where it comes from; now when absent. */
  readonly createdAt?: Date;
}

/** A memory as a tier keeps it, with what promotion is decided by. */
export interface TierMemory extends Memory {
  readonly contentHash: string;
  /** The agents that were given it. */
  readonly agents: readonly string[];
  /** Attempts that were given it and have ended, and how many of them succeeded. */
  readonly outcomes: number;
  readonly successes: number;
}

export interface TierQuery {
  readonly projectId: string;
  readonly text: string;
  /** Only memories that carry at least one of these; all when empty. */
  readonly tags: readonly string[];
  readonly limit: number;
  /** Milliseconds after which nobody waits for the answer any more. */
  readonly budget?: number;
}

export interface TierHit {
  readonly memory: TierMemory;
  /** Why it was found, for a reader. */
  readonly why: readonly string[];
}

/**
 * One place where memories live. Ids are `<tier>_<id>`. Below the long-term tier a project sees
 * only its own memories. Every operation throws what its store throws: the coordinator decides.
 */
export interface MemoryTier {
  readonly name: MemoryTierName;
  /** Keeps a memory; one that is there already gets the further tags and a new life. */
  store(entry: MemoryEntry): Promise<TierMemory>;
  /** The memories that answer the query, best first. */
  search(query: TierQuery): Promise<readonly TierHit[]>;
  get(id: string): Promise<TierMemory | undefined>;
  /** The id under which this tier keeps the same memory, if it does. */
  idOf(memory: MemoryIdentity): Promise<string | undefined>;
  /** Counts a use of each and extends its life; ids that are gone are passed over. */
  markUsed(ids: readonly string[], agent?: string): Promise<void>;
  /** Records how an attempt that was given these memories has ended. */
  recordOutcome(ids: readonly string[], succeeded: boolean): Promise<void>;
  /** Memories that have earned the next tier and did not go there yet; among these ids, or of all. */
  promotable?(limit: number, among?: readonly string[]): Promise<readonly string[]>;
  /** Promoted, or found to say too little for it: not looked at again. */
  settlePromotion?(id: string): Promise<void>;
  /** Whether there was such a memory. */
  forget(id: string): Promise<boolean>;
  /** Removes what has outlived its time; returns how many. */
  expire(): Promise<number>;
  /**
   * Gives some of the memories that have none a vector of the present embedder: new ones, and all of
   * them after it was changed. What is there is found meanwhile; it goes on where it was stopped.
   *
   * @returns how many got one; 0 when all have
   * @throws AuroraError embedder-failed
   */
  embedSome?(): Promise<number>;
}
