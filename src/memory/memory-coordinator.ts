import type {
  AttemptOutcome,
  LessonAnswer,
  LessonQueryInput,
  Memory,
  MemoryAnswer,
  MemoryDetails,
  MemoryDraftInput,
  MemoryQueryInput,
  MemoryTierName,
  ReflexionInput,
} from '../domain/memory.ts';
import type { MemoryAuditStore } from '../storage/memory-audit-store.ts';
import type { LessonReport } from './lesson-report.ts';
import type { ExportedMemory } from './memory-export.ts';
import type { MemoryStats } from './memory-stats.ts';
import type { MemoryTier } from './memory-tier.ts';
import type { WorkingTier } from './memory-tiers/working.ts';

export interface MemoryCoordinatorOptions {
  readonly shortTerm: MemoryTier;
  readonly working: WorkingTier;
  readonly longTerm: MemoryTier;
  readonly audit?: MemoryAuditStore;
  /** Milliseconds that one retrieval may take. Default 800. */
  readonly timeBudget?: number;
  /** Share of the attempts that a lesson of another task is withheld from, 0 to 1. Default 0.1. */
  readonly holdout?: number;
  /** Tokens that lessons or memories for a prompt may take when the question names no number. Default 4,000. */
  readonly promptTokens?: number;
  /** The names of a project and its repository, which long-term memory shall not hold. */
  readonly namesOf?: (projectId: string) => Promise<readonly string[]>;
  /** Told what keeping memory in order has done: `merged`, `contradicted`, `promoted`, `expired`, `embedded`. */
  readonly onUpkeep?: (done: string, count: number) => void;
  /** The project of a task, for reflexions that do not name theirs. */
  readonly projectOf?: (taskId: string, runId?: string) => Promise<string | undefined>;
  /** Called once a retrieval: the tiers asked, the memories answered, the milliseconds taken. */
  readonly onQuery?: (tiers: readonly MemoryTierName[], hits: number, ms: number) => void;
  /** Called with what went wrong beside an operation (counting a use, say) without failing it. */
  readonly onError?: (error: unknown) => void;
}

export interface MemoryCoordinator {
  /**
   * Remembers. Session context goes to short-term memory, everything else to working memory,
   * unless the draft names a tier. The same content is kept once.
   *
   * @throws AuroraError memory-invalid, memory-tier-failed
   */
  store(draft: MemoryDraftInput): Promise<Memory>;
  /**
   * {@link store} of many, for imports; answers in their order. Nothing is kept when any is invalid.
   *
   * @throws AuroraError memory-invalid, memory-tier-failed
   */
  storeAll(drafts: readonly MemoryDraftInput[]): Promise<readonly Memory[]>;
  /** {@link store} of what worked and may serve others. */
  storePattern(draft: Omit<MemoryDraftInput, 'memoryType'>): Promise<Memory>;
  /**
   * The memories that fit the query best, from all tiers, for a prompt: they take `maxTokens` tokens
   * together at most. Counts as a use of each. A tier that fails is named in the answer.
   *
   * @throws AuroraError memory-invalid
   */
  retrieve(query: MemoryQueryInput): Promise<MemoryAnswer>;
  /**
   * {@link retrieve} for a reader, who rather waits a little than misses something and reads as long as he
   * likes: counts as no use.
   */
  search(query: MemoryQueryInput): Promise<MemoryAnswer>;
  /**
   * Keeps what a failed attempt taught.
   *
   * @throws AuroraError memory-invalid, memory-tier-failed
   */
  storeReflexion(reflexion: ReflexionInput): Promise<Memory>;
  /**
   * What an attempt shall know from earlier failures: those of its own task first, and all of them;
   * each lesson of another task is withheld from a share of the attempts, to learn what it does.
   * None when memory cannot answer in time: an attempt does not wait for its lessons.
   *
   * @throws AuroraError memory-invalid
   */
  lessonsFor(query: LessonQueryInput): Promise<LessonAnswer>;
  /** Records how an attempt has ended, for what it had of memory; of each attempt once. */
  recordOutcome(outcome: AttemptOutcome): Promise<void>;
  /** What the lessons of a project do. */
  report(projectId: string): Promise<LessonReport>;
  /**
   * Copies a memory one tier up, where it lives longer. Long-term memory serves all projects: what goes
   * there leaves its project's names, paths, hosts, ids and metadata behind.
   *
   * @throws AuroraError memory-not-found, state-conflict when it is in long-term memory already, or says
   * too little without its project
   */
  promote(id: string): Promise<Memory>;
  /**
   * One memory with what was merged into it and what it contradicts.
   *
   * @throws AuroraError memory-not-found (with the memory that it was merged into), memory-tier-failed
   */
  get(id: string): Promise<MemoryDetails>;
  /** What memory holds, of one project or of all. */
  stats(projectId?: string): Promise<MemoryStats>;
  /**
   * Removes a memory and everything that was derived from it, in all tiers: its copies in other tiers,
   * the patterns that it made, and what was merged into it. Looks again afterwards.
   *
   * @returns the ids that are gone, the named one among them
   * @throws AuroraError memory-not-found, memory-tier-failed: some of it may be left, try again
   */
  forget(id: string): Promise<readonly string[]>;
  /** Everything in a project's working memory, in the order of its arrival. */
  exportAll(projectId: string): AsyncIterable<ExportedMemory>;
  /**
   * Takes in what {@link exportAll} gave; what is known already is kept once.
   *
   * @throws AuroraError memory-invalid, memory-tier-failed
   */
  importAll(projectId: string, lines: readonly ExportedMemory[]): Promise<void>;
  /** Removes what has outlived its time, in every tier; returns how many memories. */
  expire(): Promise<number>;
  /**
   * Keeps memory in order, a piece at a time: removes what has outlived its time, merges what says the
   * same, marks what a newer memory contradicts, promotes what has earned it, embeds what has no
   * vector of the present embedder. Harmless twice and stopped anywhere: what is left is found again. An
   * embedder that does not answer is told to `onError` and left alone for a minute.
   *
   * @returns whether something may be left to do
   * @throws AuroraError memory-tier-failed
   */
  tend(): Promise<boolean>;
  /** Waits for what is still being counted. The tiers' connections belong to whoever opened them. */
  close(): Promise<void>;
}
