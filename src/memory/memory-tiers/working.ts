import type { MemoryTierName, Reflexion } from '../../domain/memory.ts';
import type { Db } from '../../storage/database.ts';
import {
  createReflexionStore,
  type LessonRow,
  type LessonSearch,
} from '../../storage/reflexion-store.ts';
import {
  createWorkingMemoryStore,
  type MemorySearch,
  type WorkingMemoryRow,
} from '../../storage/working-memory-store.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { createLexicalEmbedder } from '../embedders/lexical-embedder.ts';
import { cosineWithQuantised, quantise } from '../embedders/quantised-vector.ts';
import { memoryIdOf, ownIds } from '../memory-id.ts';
import type { MemoryEntry, MemoryTier, TierHit, TierMemory } from '../memory-tier.ts';
import { fuseRanks, searchableText } from '../ranking.ts';
import { identifierParts, telling, wordsOf } from '../words.ts';

export interface WorkingOptions {
  /** Milliseconds from the last use; the seed's table says 30 days. Default 30 days. */
  readonly lifetime?: number;
  readonly embedder?: Embedder;
}

/** Working memory also keeps what failures taught, and finds it again by task and by likeness. */
export interface WorkingTier extends MemoryTier {
  storeReflexion(entry: MemoryEntry, reflexion: Reflexion, signature: string): Promise<TierMemory>;
  /** The task's own reflexions, the newest first. */
  reflexionsOfTask(projectId: string, runId: string, taskId: string): Promise<readonly LessonRow[]>;
  reflexionsOfOthers(
    search: LessonSearch,
    signatures: readonly string[],
  ): Promise<readonly LessonRow[]>;
  /** In how many projects this content is remembered: promotion asks. */
  projectsKnowing(contentHash: string): Promise<number>;
}

/** How many candidates each search hands to the fusion. */
const candidates = 100;
/** Words of a query that count; a pasted log holds thousands. */
const maxQueryWords = 40;
const tier: MemoryTierName = 'working';

/** What a project has learned: Postgres, 30 days from the last use. */
export function createWorkingTier(
  db: Db,
  { lifetime = 30 * 86_400_000, embedder = createLexicalEmbedder() }: WorkingOptions = {},
): WorkingTier {
  const store = createWorkingMemoryStore(db);
  const reflexions = createReflexionStore(db);

  async function toRow(entry: MemoryEntry) {
    const [vector] = await embedder.embed([searchableText(entry)]);
    return {
      ...entry,
      wordParts: identifierParts(`${entry.content} ${entry.tags.join(' ')}`).join(' '),
      embedder: embedder.name,
      embedding: quantise(vector as Float32Array),
    };
  }

  return {
    name: tier,
    store: async (entry) => toMemory(await store.put(await toRow(entry), lifetime)),

    async search({ projectId, text, tags, limit }) {
      const words = telling(wordsOf(text), maxQueryWords);
      const wanted = Math.max(limit, candidates);
      const search: MemorySearch = { projectId, words, tags, limit: wanted };
      const byText = await store.searchText(search);
      // Trigrams cost far more than words: they are for what words did not find.
      const byTrigram =
        byText.length < limit && words.length > 0
          ? ((await store.searchTrigrams(search)) ?? [])
          : [];
      const [asked] = await embedder.embed([text]);
      return fuse(byText, byTrigram, asked as Float32Array, embedder.name).slice(0, limit);
    },

    async get(id) {
      const [own] = ownIds(tier, [id]);
      const row = own === undefined ? undefined : await store.get(own);
      return row && toMemory(row);
    },
    async markUsed(ids, agent) {
      const own = ownIds(tier, ids);
      if (own.length > 0) await store.markUsed(own, agent, lifetime);
    },
    async recordOutcome(ids, succeeded) {
      const own = ownIds(tier, ids);
      if (own.length > 0) await store.recordOutcome(own, succeeded);
    },
    async forget(id) {
      const [own] = ownIds(tier, [id]);
      return own !== undefined && store.remove(own);
    },
    expire: () => store.removeExpired(),

    async storeReflexion(entry, reflexion, signature) {
      const row = await toRow(entry);
      return db.transaction(async (tx) => {
        const memory = await store.put(row, lifetime, tx);
        await reflexions.put(
          {
            memoryId: memory.id,
            projectId: entry.projectId,
            runId: reflexion.runId ?? '',
            taskId: reflexion.taskId,
            attempt: reflexion.attempt ?? null,
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
    reflexionsOfTask: (projectId, runId, taskId) => reflexions.ofTask(projectId, runId, taskId),
    reflexionsOfOthers: (search, signatures) => reflexions.ofOthers(search, signatures),
    projectsKnowing: (contentHash) => store.projectsKnowing(contentHash),
  };
}

/** One list from full-text, trigram and vector ranks. */
function fuse(
  byText: readonly WorkingMemoryRow[],
  byTrigram: readonly WorkingMemoryRow[],
  asked: Float32Array,
  embedder: string,
): TierHit[] {
  const rows = new Map<string, WorkingMemoryRow>();
  for (const row of [...byText, ...byTrigram]) rows.set(row.id, row);
  const likeness = new Map<string, number>();
  for (const row of rows.values()) {
    if (row.embedder === embedder) likeness.set(row.id, cosineWithQuantised(asked, row.embedding));
  }
  const byVector = [...likeness.keys()].sort(
    (a, b) => (likeness.get(b) as number) - (likeness.get(a) as number),
  );
  const ids = (list: readonly WorkingMemoryRow[]) => list.map(({ id }) => id);
  const scores = fuseRanks([ids(byText), ids(byTrigram), byVector]);
  const textIds = new Set(ids(byText));
  return [...rows.values()]
    .sort((a, b) => (scores.get(b.id) as number) - (scores.get(a.id) as number))
    .map((row) => {
      const alike = likeness.get(row.id);
      return {
        memory: toMemory(row),
        why: [
          textIds.has(row.id) ? 'shares words with the query' : 'spelled like the query',
          ...(alike === undefined ? [] : [`similar wording (${alike.toFixed(2)})`]),
        ],
      };
    });
}

function toMemory(row: WorkingMemoryRow): TierMemory {
  const { id, embedder: _embedder, embedding: _embedding, ...rest } = row;
  return { ...rest, id: memoryIdOf(tier, id), tier };
}
