import type { AttemptOutcome, MemoryTierName, MemoryUse, Reflexion } from '../../domain/memory.ts';
import type { Db } from '../../storage/database.ts';
import { createMemoryTrialStore } from '../../storage/memory-trial-store.ts';
import {
  createMemoryUpkeepStore,
  type MemoryUpkeepStore,
} from '../../storage/memory-upkeep-store.ts';
import {
  createReflexionStore,
  type LessonRow,
  type LessonSearch,
} from '../../storage/reflexion-store.ts';
import {
  createWorkingMemoryStore,
  keyOf,
  type WorkingMemoryRow,
} from '../../storage/working-memory-store.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { embedEach } from '../embedders/embed-each.ts';
import {
  createLexicalEmbedder,
  embedLexically,
  lexicalEmbedder,
} from '../embedders/lexical-embedder.ts';
import { quantise } from '../embedders/quantised-vector.ts';
import { createQuestionVectors } from '../embedders/question-vectors.ts';
import { consolidateSome, type Consolidated } from '../consolidate.ts';
import { contentHash } from '../content-hash.ts';
import type { LessonTrials } from '../lesson-effect.ts';
import { generalise } from '../generalise.ts';
import { memoryIdOf, ownIds } from '../memory-id.ts';
import type { MemoryEntry, MemoryTier, TierMemory, TierQuery } from '../memory-tier.ts';
import { searchableText } from '../ranking.ts';
import { findInIndex, type FoundHit } from '../search/find-in-index.ts';
import type { MemoryIndex } from '../search/memory-index.ts';
import type { ProjectIndexes } from '../search/project-indexes.ts';
import { withinBudget, type Answer } from '../time-budget.ts';
import { identifierParts, telling, wordsOf } from '../words.ts';

export interface WorkingOptions {
  /** Milliseconds from the last use; the seed's table says 30 days. Default 30 days. */
  readonly lifetime?: number;
  /** Finds by meaning beside the words. Default lexical, which finds by words alone. */
  readonly embedder?: Embedder | undefined;
  /** Milliseconds that a question waits for its vector. Default 400, half of a retrieval's time. */
  readonly vectorPatience?: number;
  /** The names of a project and its repository: two projects know the same when only these differ. */
  readonly namesOf?: ((projectId: string) => Promise<readonly string[]>) | undefined;
  /** Told why a search had to do without the embedder. */
  readonly onEmbedderError?: (reason: string) => void;
}

/** Working memory also keeps what failures taught, and finds it again by task and by likeness. */
export interface WorkingTier extends MemoryTier {
  /** {@link MemoryTier.store} of many at once; answers in their order. */
  storeAll(entries: readonly MemoryEntry[]): Promise<readonly TierMemory[]>;
  storeReflexion(entry: MemoryEntry, reflexion: Reflexion, signature: string): Promise<TierMemory>;
  /** All memories of a project in the order of their arrival, with the reflexions that they hold. */
  all(projectId: string): AsyncIterable<{
    readonly memory: TierMemory;
    readonly reflexions: readonly LessonRow[];
  }>;
  /** How often failures of this signature were recorded in a project. */
  repeats(projectId: string, signature: string): Promise<number>;
  /** The task's own reflexions, the newest first. */
  reflexionsOfTask(projectId: string, runId: string, taskId: string): Promise<readonly LessonRow[]>;
  reflexionsOfOthers(
    search: LessonSearch,
    signatures: readonly string[],
  ): Promise<readonly LessonRow[]>;
  /** The reflexions that these memories hold. */
  reflexionsIn(ids: readonly string[]): Promise<readonly LessonRow[]>;
  /** All reflexions of a project, the newest first. */
  reflexionsOfProject(projectId: string, limit: number): Promise<readonly LessonRow[]>;
  /** Attempts of a project that lessons were withheld from, and how many of them succeeded. */
  withheld(projectId: string): Promise<{ readonly trials: number; readonly successes: number }>;
  /**
   * Records how an attempt ended, with what it had of all tiers, and counts it, once, for what it
   * had of this one.
   *
   * @returns the ids that were counted now: what was merged meanwhile goes by its new one
   */
  recordTrials(
    outcome: AttemptOutcome,
  ): Promise<readonly { readonly memoryId: string; readonly use: MemoryUse }[]>;
  /** Takes over what a lesson has been seen to do elsewhere, unless it has been seen to do something here. */
  adoptEvidence(id: string, evidence: LessonTrials): Promise<void>;
  /** Removes what {@link recordTrials} keeps of these memories, of whichever tier. */
  forgetTrials(ids: readonly string[]): Promise<void>;
  /** What the history of memories is kept in, by ids without the tier. */
  readonly upkeep: MemoryUpkeepStore;
  /**
   * Merges some of what says the same and marks what was contradicted.
   *
   * @param onLessons told the ids of lessons that have come or changed
   */
  consolidateSome(onLessons: (ids: readonly string[]) => Promise<void>): Promise<Consolidated>;
  embedSome(): Promise<number>;
}

/** Memories that are written in one statement. */
const batch = 200;
/** Memories that get a vector at once. */
const embedBatch = 256;
/** What the index may take of a search's time; the rest is full text's. */
const indexShare = 0.4;
/** Words that full text looks for: each costs it time. */
const fullTextWords = 16;
const tier: MemoryTierName = 'working';

/** What a project has learned: Postgres, 30 days from the last use. */
export function createWorkingTier(
  db: Db,
  {
    lifetime = 30 * 86_400_000,
    embedder,
    vectorPatience = 400,
    namesOf = () => Promise.resolve([]),
    onEmbedderError = () => undefined,
  }: WorkingOptions = {},
): WorkingTier {
  const store = createWorkingMemoryStore(db);
  const reflexions = createReflexionStore(db);
  const trials = createMemoryTrialStore(db);
  const upkeep = createMemoryUpkeepStore(db);
  // Stemmers and word lists take a third of a second to load: only who searches waits for them.
  let opening: Promise<ProjectIndexes> | undefined;
  const indexes = () =>
    (opening ??= import('../search/project-indexes.ts').then(({ createProjectIndexes }) =>
      createProjectIndexes(store),
    ));

  const questionVector =
    embedder === undefined
      ? undefined
      : createQuestionVectors(embedder, vectorPatience, onEmbedderError);

  /** What is left of a content without what is its project's alone, as a hash. */
  const generalHash = async ({ projectId, content }: Pick<MemoryEntry, 'projectId' | 'content'>) =>
    contentHash(generalise(content, await namesOf(projectId)));

  // Nothing is asked of another service to store: its vector comes later (embedSome).
  const toRow = async (entry: MemoryEntry) => ({
    ...entry,
    wordParts: identifierParts(`${entry.content} ${entry.tags.join(' ')}`).join(' '),
    generalHash: await generalHash(entry),
    embedder: lexicalEmbedder,
    embedding: quantise(embedLexically(searchableText(entry))),
  });

  /** Entries in the words of what such as they were merged into: to say that again is to say this. */
  async function asMerged(entries: readonly MemoryEntry[]): Promise<readonly MemoryEntry[]> {
    const kept = await upkeep.mergedAs(entries);
    return kept.size === 0
      ? entries
      : entries.map((entry) => ({ ...entry, ...kept.get(keyOf(entry)) }));
  }

  async function storeAll(drafts: readonly MemoryEntry[]): Promise<TierMemory[]> {
    const entries = await asMerged(drafts);
    const stored = new Map<string, TierMemory>();
    const distinct = [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()];
    for (let i = 0; i < distinct.length; i += batch) {
      const rows = await store.put(
        await Promise.all(distinct.slice(i, i + batch).map(toRow)),
        lifetime,
      );
      for (const row of rows) stored.set(keyOf(row), toMemory(row));
    }
    return entries.map((entry) => stored.get(keyOf(entry)) as TierMemory);
  }

  /** What Postgres finds by itself, while this process reads a project that it had not searched before. */
  async function byFullText(
    { projectId, text, tags, limit }: TierQuery,
    reason: string,
  ): Promise<{ readonly id: string; readonly instead: string }[]> {
    const words = telling(wordsOf(text), fullTextWords);
    const ids = await store.withWords(projectId, words, tags, limit);
    return ids.map((id) => ({ id, instead: `full text (the index gave ${reason})` }));
  }

  return {
    name: tier,
    store: async (entry) => (await storeAll([entry]))[0] as TierMemory,
    storeAll,

    async search({ projectId, text, tags, limit, budget }) {
      const start = performance.now();
      const asked = await questionVector?.(text);
      const read = async () => (await indexes()).get(projectId, asked?.space);
      const left = (budget ?? 0) * indexShare - (performance.now() - start);
      const index: Answer<MemoryIndex> =
        budget === undefined
          ? { ok: true, value: await read() }
          : await withinBudget(read, Math.max(0, left));
      const found = index.ok
        ? findInIndex(index.value, { text, tags, limit }, asked?.vector, new Date())
        : await byFullText({ projectId, text, tags, limit }, index.reason);
      const rows = await store.getMany(found.map(({ id }) => id));
      const byId = new Map(rows.map((row) => [row.id, row]));
      return found.flatMap((hit) => {
        // Expired a moment ago, and not swept yet.
        const row = byId.get(hit.id);
        return row === undefined ? [] : [{ memory: toMemory(row), why: reasons(hit) }];
      });
    },

    async get(id) {
      const [own] = ownIds(tier, [id]);
      const row = own === undefined ? undefined : await store.get(own);
      return row && toMemory(row);
    },
    async idOf(memory) {
      const own = await store.idOf(memory);
      return own && memoryIdOf(tier, own);
    },
    async *all(projectId) {
      for (let after = 0; ;) {
        const rows = await store.page(projectId, after, batch);
        const taught = await reflexions.inMemories(rows.map(({ id }) => id));
        for (const row of rows) {
          after = row.sequence;
          yield {
            memory: toMemory(row),
            reflexions: taught.filter((each) => each.memoryId === row.id),
          };
        }
        if (rows.length < batch) return;
      }
    },
    async markUsed(ids, agent) {
      const own = ownIds(tier, ids);
      if (own.length > 0) await store.markUsed(own, agent, lifetime);
    },
    async recordOutcome(ids, succeeded) {
      const own = ownIds(tier, ids);
      if (own.length > 0) await store.recordOutcome(own, succeeded);
    },
    promotable: async (limit) => (await upkeep.promotable(limit)).map((id) => memoryIdOf(tier, id)),
    async settlePromotion(id) {
      const [own] = ownIds(tier, [id]);
      if (own !== undefined) await upkeep.settlePromotion(own);
    },
    async forget(id) {
      const [own] = ownIds(tier, [id]);
      return own !== undefined && store.remove(own);
    },
    async expire() {
      await trials.removeOlderThan(lifetime);
      return store.removeExpired();
    },

    async storeReflexion(draft, reflexion, signature) {
      const [entry] = (await asMerged([draft])) as [MemoryEntry];
      const row = await toRow(entry);
      return db.transaction(async (tx) => {
        const [memory] = (await store.put([row], lifetime, tx)) as [WorkingMemoryRow];
        await reflexions.put(
          {
            memoryId: memory.id,
            projectId: entry.projectId,
            runId: reflexion.runId ?? '',
            taskId: reflexion.taskId,
            attempt: reflexion.attempt ?? 0,
            role: reflexion.role ?? null,
            originalApproach: reflexion.originalApproach,
            failureReason: reflexion.failureReason,
            improvedApproach: reflexion.improvedApproach,
            errorClass: reflexion.errorClass ?? null,
            signature,
          },
          tx,
        );
        return toMemory(memory);
      });
    },
    repeats: (projectId, signature) => reflexions.repeats(projectId, signature),
    reflexionsOfTask: (projectId, runId, taskId) => reflexions.ofTask(projectId, runId, taskId),
    reflexionsOfOthers: (search, signatures) => reflexions.ofOthers(search, signatures),
    reflexionsIn: (ids) => reflexions.inMemories(ownIds(tier, ids)),
    reflexionsOfProject: (projectId, limit) => reflexions.ofProject(projectId, limit),
    withheld: (projectId) => reflexions.withheld(projectId),
    async recordTrials(outcome) {
      const { succeeded } = outcome;
      return trials.record(outcome, async (tx, fresh) => {
        const had = (...uses: MemoryUse[]) =>
          ownIds(
            tier,
            fresh.filter(({ use }) => uses.includes(use)).map(({ memoryId }) => memoryId),
          );
        const all = had('own', 'given');
        if (all.length > 0) await store.recordOutcome(all, succeeded, tx);
        await store.countTrial(had('given'), 'given', succeeded, tx);
        await store.countTrial(had('withheld'), 'withheld', succeeded, tx);
      });
    },
    async adoptEvidence(id, evidence) {
      const [own] = ownIds(tier, [id]);
      if (own !== undefined) await reflexions.adoptEvidence(own, evidence);
    },
    forgetTrials: (ids) => trials.removeOf(ids),
    upkeep,
    consolidateSome: (onLessons) =>
      consolidateSome({
        ...{ store: upkeep, reflexions },
        async alike(projectId, { content, type }, limit) {
          const index = await (await indexes()).get(projectId);
          const query = { text: content.slice(0, 2_000), tags: [], type, limit };
          return index.search(query, new Date()).map(({ id }) => id);
        },
        onLessons: (ids) => onLessons(ids.map((id) => memoryIdOf(tier, id))),
      }),

    async embedSome() {
      const present = embedder ?? createLexicalEmbedder();
      const { name: space, dimensions } = await present.space();
      const rows = await store.outsideOf(space, embedBatch);
      if (rows.length === 0) return 0;
      const vectors = await embedEach(present, rows.map(searchableText));
      await store.setVectors(
        space,
        rows.map(({ id, contentHash }, i) => ({
          id,
          contentHash,
          // What the embedder refuses is like nothing, and found by its words.
          vector: quantise(vectors[i] ?? new Float32Array(dimensions)),
        })),
      );
      return rows.length;
    },
  };
}

function reasons(hit: FoundHit | { readonly instead: string }): string[] {
  if ('instead' in hit) return [hit.instead];
  const { words, related, likeness = 0 } = hit;
  const why: string[] = [];
  if (likeness > 0) why.push(`similar meaning (${likeness.toFixed(2)})`);
  if (words.length > 0) why.push(`says ${words.join(', ')}`);
  if (related.length > 0) why.push(`related: ${related.join(', ')}`);
  if (why.length === 0) why.push('stands next to what was asked for');
  return why;
}

function toMemory(
  row: Omit<WorkingMemoryRow, 'embedding'> & Partial<Pick<WorkingMemoryRow, 'embedding'>>,
): TierMemory {
  const { id, embedder: _embedder, embedding: _embedding, contradictedBy, ...rest } = row;
  const contradicted =
    contradictedBy === null ? {} : { contradictedBy: memoryIdOf(tier, contradictedBy) };
  return { ...rest, id: memoryIdOf(tier, id), tier, ...contradicted };
}
