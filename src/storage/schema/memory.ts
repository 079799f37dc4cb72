import { sql, type SQL } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core';
import {
  earnsWorking,
  memoryUses,
  type MemoryTierName,
  type MemoryType,
} from '../../domain/memory.ts';
import { auroraSchema } from './aurora-schema.ts';

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const instant = () => timestamp({ withTimezone: true });

/** When it went one tier up, or was found to say too little for that. */
const promotionSettledAt = () => instant();

/** What a memory is, in whichever tier: the working tier and the short-term stand-in share it. */
const memoryColumns = () => ({
  id: uuid().primaryKey().defaultRandom(),
  projectId: text().notNull(),
  type: text().$type<MemoryType>().notNull(),
  content: text().notNull(),
  /** SHA-256 of the normalised content: the same thing is remembered once. */
  contentHash: text().notNull(),
  tags: text().array().notNull().default([]),
  metadata: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  uses: integer().notNull().default(0),
  /** Uses whose attempt succeeded, and uses whose outcome is known. */
  successes: integer().notNull().default(0),
  outcomes: integer().notNull().default(0),
  /** The agents that were given it. */
  agents: text().array().notNull().default([]),
  /** When it was stored last: who says a thing again means it still. */
  createdAt: instant().notNull().defaultNow(),
  lastUsedAt: instant().notNull().defaultNow(),
  expiresAt: instant().notNull(),
});

/** Working memory: what a project has learned, 30 days from its last use. */
export const memories = auroraSchema.table(
  'memories',
  {
    ...memoryColumns(),
    /** Tags as one text: array functions are not immutable, and a generated column needs that. */
    tagText: text().notNull().default(''),
    /** The parts of compound identifiers (modelValidator: model Validator), which no parser splits. */
    wordParts: text().notNull().default(''),
    search: tsvector().generatedAlwaysAs(
      (): SQL =>
        sql`setweight(to_tsvector('english', tag_text), 'A') || setweight(to_tsvector('english', content), 'B') || setweight(to_tsvector('english', word_parts), 'C')`,
    ),
    /**
     * Of a lesson: attempts of other tasks that were given it and have ended, and how many of them
     * succeeded; and the same of those that it was withheld from by chance, to compare.
     */
    trials: integer().notNull().default(0),
    trialSuccesses: integer().notNull().default(0),
    withheldTrials: integer().notNull().default(0),
    withheldSuccesses: integer().notNull().default(0),
    /** Order of arrival. */
    sequence: bigserial({ mode: 'number' }).notNull(),
    /** The scope's revision that brought it in or changed it; a trigger sets it. */
    revision: bigint({ mode: 'number' }).notNull().default(0),
    /** Which embedder made `embedding`: vectors of different embedders are not comparable. */
    embedder: text().notNull(),
    /** Unit vector, one signed byte a dimension. */
    embedding: bytea().notNull(),
    /** Hash of what is left without paths, hosts and ids: projects that know the same know this. */
    generalHash: text(),
    promotionSettledAt: promotionSettledAt(),
    /** The newer memory that says the opposite. */
    contradictedBy: uuid().references((): AnyPgColumn => memories.id, { onDelete: 'set null' }),
  },
  (table) => [
    uniqueIndex('memories_content').on(table.projectId, table.type, table.contentHash),
    index('memories_search').using('gin', table.search),
    index('memories_expiry').on(table.expiresAt),
    index('memories_changes').on(table.projectId, table.revision),
    index('memories_embedder').on(table.embedder),
    index('memories_general').on(table.generalHash),
    index('memories_promotable')
      .on(table.uses)
      .where(
        sql`${table.promotionSettledAt} IS NULL AND ${table.outcomes} > 0 AND ${table.uses} > 5`,
      ),
    index('memories_contradicted')
      .on(table.contradictedBy)
      .where(sql`${table.contradictedBy} IS NOT NULL`),
  ],
);

/**
 * How often a project's working memory has changed. Triggers count, in the transaction of the change
 * and holding the row until its end: whoever reads revision n can read every change up to n.
 */
export const memoryScopes = auroraSchema.table('memory_scopes', {
  projectId: text().primaryKey(),
  revision: bigint({ mode: 'number' }).notNull().default(0),
  /** The revision of the last removal, of which no row is left to tell. */
  removal: bigint({ mode: 'number' }).notNull().default(0),
  /** The revision up to which memories were compared with each other. */
  consolidated: bigint({ mode: 'number' }).notNull().default(0),
});

/** What was merged into a memory since it said the same, as it was. Goes with that memory. */
export const memoryOrigins = auroraSchema.table(
  'memory_origins',
  {
    memoryId: uuid()
      .notNull()
      .references(() => memories.id, { onDelete: 'cascade' }),
    originId: uuid().notNull(),
    content: text().notNull(),
    /** Who stores it again stores the memory that it was merged into; empty before that was known. */
    contentHash: text().notNull().default(''),
    tags: text().array().notNull(),
    metadata: jsonb().$type<Record<string, unknown>>().notNull(),
    createdAt: instant().notNull(),
    mergedAt: instant().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.memoryId, table.originId] }),
    index('memory_origins_origin').on(table.originId),
    index('memory_origins_content').on(table.contentHash),
  ],
);

/** What a failed attempt taught; its text is searchable through its memory. */
export const reflexions = auroraSchema.table(
  'reflexions',
  {
    id: uuid().primaryKey().defaultRandom(),
    memoryId: uuid()
      .notNull()
      .references(() => memories.id, { onDelete: 'cascade' }),
    projectId: text().notNull(),
    /** Empty when the reflexion came without a run. */
    runId: text().notNull().default(''),
    taskId: text().notNull(),
    /** 0 when it came without: then a task can have taught it once only. */
    attempt: integer().notNull().default(0),
    role: text(),
    originalApproach: text().notNull(),
    failureReason: text().notNull(),
    improvedApproach: text().notNull(),
    errorClass: text(),
    /** The failure without what varies from one occurrence to the next. */
    signature: text().notNull(),
    createdAt: instant().notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('reflexions_once').on(table.memoryId, table.runId, table.taskId, table.attempt),
    index('reflexions_task').on(table.projectId, table.taskId, table.runId),
    index('reflexions_signature').on(table.projectId, table.signature),
  ],
);

/** Ended attempts and the memories they had: each is counted once, whatever crashes in between. */
export const memoryTrials = auroraSchema.table(
  'memory_trials',
  {
    runId: text().notNull(),
    taskId: text().notNull(),
    epoch: integer().notNull(),
    /** With its tier: `working_…`. */
    memoryId: text().notNull(),
    use: text({ enum: memoryUses }).notNull(),
    succeeded: boolean().notNull(),
    at: instant().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.taskId, table.epoch, table.memoryId] }),
    index('memory_trials_at').on(table.at),
    index('memory_trials_memory').on(table.memoryId),
  ],
);

/** In literals, for the index and for its query. */
export const hasEarnedWorking = (
  table: Readonly<Record<'promotionSettledAt' | 'uses' | 'agents', AnyPgColumn>>,
): SQL =>
  sql`${table.promotionSettledAt} IS NULL AND (${table.uses} >= ${sql.raw(`${earnsWorking.uses}`)} OR cardinality(${table.agents}) >= ${sql.raw(`${earnsWorking.agents}`)})`;

/** Short-term memory where there is no Redis. Unlogged (see the migration): a crash may empty it. */
export const sessionMemories = auroraSchema.table(
  'session_memories',
  { ...memoryColumns(), promotionSettledAt: promotionSettledAt() },
  (table) => [
    uniqueIndex('session_memories_content').on(table.projectId, table.type, table.contentHash),
    index('session_memories_expiry').on(table.expiresAt),
    index('session_memories_promotable').on(table.uses).where(hasEarnedWorking(table)),
  ],
);

/** The points that Mem0 keeps in what it takes for Qdrant. */
export const longtermVectors = auroraSchema.table(
  'longterm_vectors',
  {
    collection: text().notNull(),
    id: text().notNull(),
    vector: bytea().notNull(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.collection, table.id] }),
    // Mem0 does not dedupe what it is given verbatim; the hash is ours, in the metadata.
    uniqueIndex('longterm_vectors_content').on(table.collection, sql`(payload ->> 'contentHash')`),
  ],
);

/** Who did what to which memory; Mem0's own history is switched off in favour of this. */
export const memoryAudit = auroraSchema.table(
  'memory_audit',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    at: instant().notNull().defaultNow(),
    action: text({
      enum: ['store', 'promote', 'merge', 'contradict', 'forget', 'expire'],
    }).notNull(),
    tier: text().$type<MemoryTierName>().notNull(),
    /** Null for a sweep, whose count is in `detail`. */
    memoryId: text(),
    projectId: text(),
    detail: jsonb().$type<Record<string, unknown>>().notNull().default({}),
  },
  (table) => [index('memory_audit_memory').on(table.memoryId)],
);
