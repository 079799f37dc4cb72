import { z } from 'zod';

/** What a memory is about. */
export const MemoryType = {
  PATTERN: 'pattern',
  DECISION: 'decision',
  REFLEXION: 'reflexion',
  CONFLICT: 'conflict',
  CONTEXT: 'context',
} as const;
export type MemoryType = (typeof MemoryType)[keyof typeof MemoryType];
export const memoryTypeSchema = z.enum(Object.values(MemoryType) as [MemoryType, ...MemoryType[]]);

export const memoryTierNames = ['short', 'working', 'long'] as const;
export type MemoryTierName = (typeof memoryTierNames)[number];

/** Uses, or agents that used it, after which session context has earned to be kept in working memory. */
export const earnsWorking = { uses: 3, agents: 2 } as const;

const tagsSchema = z.array(z.string().trim().toLowerCase().min(1).max(100)).max(50).default([]);
const contentSchema = z.string().trim().min(1).max(100_000);

/** The argument of `memoryCoordinator.store`. */
export const memoryDraftSchema = z.strictObject({
  content: contentSchema,
  memoryType: memoryTypeSchema,
  projectId: z.string().min(1).max(200),
  tags: tagsSchema,
  metadata: z.record(z.string(), z.json()).default({}),
  tier: z.enum(memoryTierNames).optional(),
  /** The conversation that it is a turn of: turns are understood by what was said around them. */
  session: z.string().trim().min(1).max(200).optional(),
  /** When it was said or became true, ISO 8601; now when absent. */
  at: z.iso.datetime({ offset: true }).or(z.iso.date()).optional(),
});
export type MemoryDraftInput = z.input<typeof memoryDraftSchema>;

const maxTokensSchema = z.int().min(0).max(1_000_000);

/** The argument of `memoryCoordinator.retrieve`. */
export const memoryQuerySchema = z.strictObject({
  query: z.string().trim().min(1).max(100_000),
  projectId: z.string().min(1).max(200),
  limit: z.int().min(1).max(100).default(5),
  /** Only memories that carry at least one of these; all when empty. */
  tags: tagsSchema,
  /** Only this tier; all when absent. */
  tier: z.enum(memoryTierNames).optional(),
  /** Who asks: what two agents use is worth keeping longer. */
  agent: z.string().min(1).max(64).optional(),
  /** Tokens that the contents may take together; what does not fit is left out. */
  maxTokens: maxTokensSchema.optional(),
});
export type MemoryQuery = z.infer<typeof memoryQuerySchema>;
export type MemoryQueryInput = z.input<typeof memoryQuerySchema>;

/** A stored memory. Ids are `<tier>_<id>`, so that an id says where it lives. */
export interface Memory {
  readonly id: string;
  readonly tier: MemoryTierName;
  readonly type: MemoryType;
  readonly projectId: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly uses: number;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** The newer memory that says the opposite, and wins. */
  readonly contradictedBy?: string | undefined;
}

/** A failed attempt that taught a lesson. */
export interface Teacher {
  /** Undefined when it came without a run. */
  readonly runId?: string | undefined;
  readonly taskId: string;
  /** Undefined when it came without. */
  readonly attempt?: number | undefined;
  readonly role?: string | undefined;
  readonly at: Date;
}

/** A memory with its history. */
export interface MemoryDetails extends Memory {
  /** Of a lesson: the attempts that taught it, the oldest first. */
  readonly taught: readonly Teacher[];
  /** Older memories that it says the opposite of. */
  readonly contradicts: readonly string[];
  /** What was merged into it since it said the same, as it was. */
  readonly origins: readonly {
    readonly id: string;
    readonly content: string;
    readonly tags: readonly string[];
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly createdAt: Date;
    readonly mergedAt: Date;
  }[];
}

/** A memory that answers a query, and why it was chosen. */
export interface RetrievedMemory extends Memory {
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
  readonly why: readonly string[];
}

export interface MemoryAnswer {
  readonly items: readonly RetrievedMemory[];
  /** Share of the asked tiers that answered in time, 0 to 1. */
  readonly completeness: number;
  /** Tiers that did not answer, and why. */
  readonly missing: readonly { readonly tier: MemoryTierName; readonly reason: string }[];
  /** Memories that would have been among the items, had they fitted into the token budget. */
  readonly leftOut: number;
}

/** The argument of `memoryCoordinator.storeReflexion`: what a failed attempt taught. */
export const reflexionSchema = z.strictObject({
  taskId: z.string().min(1).max(200),
  runId: z.string().min(1).max(200).optional(),
  projectId: z.string().min(1).max(200).optional(),
  attempt: z.int32().positive().optional(),
  role: z.string().max(64).optional(),
  originalApproach: contentSchema,
  failureReason: contentSchema,
  improvedApproach: contentSchema,
  errorClass: z.string().max(64).optional(),
  tags: tagsSchema,
});
export type Reflexion = z.infer<typeof reflexionSchema>;
export type ReflexionInput = z.input<typeof reflexionSchema>;

/** The argument of `memoryCoordinator.lessonsFor`: the attempt that is about to start. */
export const lessonQuerySchema = z.strictObject({
  projectId: z.string().min(1).max(200),
  runId: z.string().min(1).max(200),
  taskId: z.string().min(1).max(200),
  /** Names the attempt among the task's. */
  epoch: z.int().min(0).default(0),
  role: z.string().max(64).optional(),
  tags: tagsSchema,
  /** Title and prompt of the task. */
  text: z.string().max(200_000).default(''),
  limit: z.int().min(1).max(50).default(5),
  agent: z.string().min(1).max(64).optional(),
  /** Tokens that the lessons may take together; what does not fit is left out. */
  maxTokens: maxTokensSchema.optional(),
});
export type LessonQueryInput = z.input<typeof lessonQuerySchema>;

/**
 * What an attempt had of a memory: a lesson of its own task's earlier attempts, something of others,
 * or nothing, since a lesson for it was withheld by chance, to learn what it does.
 */
export const memoryUses = ['own', 'given', 'withheld'] as const;
export type MemoryUse = (typeof memoryUses)[number];

/** An ended attempt, by its epoch, and what it had of memory. */
export interface AttemptOutcome {
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
  readonly succeeded: boolean;
  readonly memories: ReadonlyMap<string, MemoryUse>;
}

/** What memory answers an attempt that is about to start. */
export interface LessonAnswer {
  readonly lessons: readonly Lesson[];
  /** Ids of lessons that were for it, but not given this time: see {@link memoryUses}. */
  readonly withheld: readonly string[];
  /** Lessons that were for it and did not fit into the token budget. */
  readonly leftOut: number;
  /** What is left of the token budget. */
  readonly tokensLeft: number;
}

/** A reflexion as it is given to an attempt. */
export interface Lesson {
  readonly id: string;
  readonly taskId: string;
  readonly originalApproach: string;
  readonly failureReason: string;
  readonly improvedApproach: string;
  readonly tags: readonly string[];
  /** An earlier attempt of the very task taught it. */
  readonly own: boolean;
  /** Why this attempt gets it: 'same task', 'same error', 'similar text', ... */
  readonly why: string;
}
