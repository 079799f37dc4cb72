import type { Memory } from 'mem0ai/oss';
import { AuroraError } from '../../domain/errors.ts';
import type { Db } from '../../storage/database.ts';
import { createLongtermVectorStore } from '../../storage/longterm-vector-store.ts';
import type { Embedder } from '../embedders/embedder.ts';
import { createLexicalEmbedder } from '../embedders/lexical-embedder.ts';
import { ownIds } from '../memory-id.ts';
import type { MemoryTier, TierMemory } from '../memory-tier.ts';
import { fromMem0, mem0Hash, mergeEntry, toMetadata } from './mem0-record.ts';
import { createEarlierCollections } from './earlier-collections.ts';
import { createQdrantShapedClient } from './qdrant-shaped-client.ts';

export interface Mem0Options {
  /** Where Mem0 may keep its few files, in a folder of ours instead of the user's home. */
  readonly directory: string;
  readonly embedder?: Embedder | undefined;
}

/** All that Aurora remembers belongs to one Mem0 user: long-term memory is for every project. */
const owner = 'aurora';
/** Below this likeness Mem0 leaves a memory out (measured for the lexical embedder; others are above). */
const threshold = 0.12;

/**
 * Long-term memory: Mem0's open-source engine in this process, over a table of ours. Permanent and
 * shared by all projects. Mem0 is loaded at the first use that needs it.
 */
export function createMem0LongTerm(
  db: Db,
  { directory, embedder = createLexicalEmbedder() }: Mem0Options,
): MemoryTier {
  const vectors = createLongtermVectorStore(db);
  const earlier = createEarlierCollections(vectors);
  // One collection per embedder and dimension: their vectors do not compare.
  const collectionName = async () => `aurora-${(await embedder.space()).name}`;
  let engine: Promise<Memory> | undefined;
  const mem0 = () => {
    engine ??= collectionName()
      .then((collection) => openMem0(collection, vectors, embedder, directory))
      .catch((error: unknown) => {
        engine = undefined;
        throw error;
      });
    return engine;
  };

  async function find(hash: string): Promise<TierMemory | undefined> {
    const filters = { user_id: owner, contentHash: hash };
    const { results } = await (await mem0()).getAll({ filters, topK: 1 });
    return results[0] && fromMem0(results[0]);
  }

  return {
    name: 'long',

    async store(entry) {
      const hash = mem0Hash(entry);
      const kept = await find(hash);
      if (kept !== undefined) {
        const merged = mergeEntry(kept, entry);
        const [own] = ownIds('long', [kept.id]);
        await (await mem0()).update(own as string, { metadata: { ...toMetadata(merged) } });
        return { ...kept, tags: merged.tags, metadata: merged.metadata };
      }
      await (
        await mem0()
      ).add(entry.content, { userId: owner, infer: false, metadata: { ...toMetadata(entry) } });
      // Not the id that Mem0 answers: another process may have stored the same thing first.
      const stored = await find(hash);
      if (stored === undefined) {
        throw new AuroraError('memory-tier-failed', 'Mem0 did not keep what it was given.');
      }
      return stored;
    },

    async search({ text, tags, limit }) {
      const collection = await collectionName();
      // Tags are told apart afterwards.
      const topK = tags.length > 0 ? limit * 4 : limit;
      const before = await earlier.search(collection, text, topK);
      const wanted = ({ tags: own }: TierMemory) =>
        tags.length === 0 || own.some((tag) => tags.includes(tag));
      const ofBefore = before.filter(({ memory }) => wanted(memory));
      // The usual case at first, and it spares the time to load Mem0.
      if (await vectors.isEmpty(collection)) return ofBefore.slice(0, limit);
      const { results } = await (
        await mem0()
      ).search(text, { filters: { user_id: owner }, topK, threshold });
      const found = results.flatMap((result) => {
        const memory = fromMem0(result);
        if (memory === undefined || !wanted(memory)) return [];
        return [{ memory, why: [`long-term match (${(result.score ?? 0).toFixed(2)})`] }];
      });
      return [...found, ...ofBefore].slice(0, limit);
    },

    async get(id) {
      const [own] = ownIds('long', [id]);
      if (own === undefined) return undefined;
      const collection = await collectionName();
      const item = (await vectors.isEmpty(collection)) ? null : await (await mem0()).get(own);
      return item === null ? earlier.find(collection, { id: own }) : fromMem0(item);
    },
    async idOf(memory) {
      const collection = await collectionName();
      const contentHash = mem0Hash(memory);
      const kept = (await vectors.isEmpty(collection)) ? undefined : await find(contentHash);
      return (kept ?? (await earlier.find(collection, { match: { contentHash } })))?.id;
    },
    markUsed: (ids) => vectors.increment(ownIds('long', ids), ['uses']),
    recordOutcome: (ids, succeeded) =>
      vectors.increment(ownIds('long', ids), succeeded ? ['outcomes', 'successes'] : ['outcomes']),
    async forget(id) {
      const [own] = ownIds('long', [id]);
      if (own === undefined) return false;
      const found = await vectors.get(await collectionName(), [own]);
      if (found.length === 0) return vectors.removeEverywhere(own);
      await (await mem0()).delete(own);
      return true;
    },
    embedSome: async () => earlier.embedSome(await collectionName(), embedder),
    // Permanent, by the seed's table.
    expire: () => Promise.resolve(0),
  };
}

async function openMem0(
  collection: string,
  vectors: ReturnType<typeof createLongtermVectorStore>,
  embedder: Embedder,
  directory: string,
): Promise<Memory> {
  prepareMem0Environment(directory);
  const { Memory } = await import('mem0ai/oss');
  const { dimensions } = await embedder.space();
  const embed = async (texts: readonly string[]) =>
    (await embedder.embed(texts)).map((vector) => [...vector]);
  return new Memory({
    version: 'v1.1',
    embedder: {
      provider: 'langchain',
      config: {
        model: {
          embedQuery: async (text: string) => (await embed([text]))[0],
          embedDocuments: (texts: string[]) => embed(texts),
        },
        embeddingDims: dimensions,
      },
    },
    vectorStore: {
      provider: 'qdrant',
      config: {
        collectionName: collection,
        dimension: dimensions,
        client: createQdrantShapedClient(vectors),
      },
    },
    llm: {
      provider: 'langchain',
      config: {
        model: {
          invoke: () => {
            throw new AuroraError('bug', 'Mem0 asked for a model, which Aurora never needs.');
          },
        },
      },
    },
    disableHistory: true,
  });
}

/** Mem0 reads these when it is loaded; with telemetry on it stalls where there is no network. */
export function prepareMem0Environment(directory: string): void {
  process.env.MEM0_TELEMETRY = 'false';
  process.env.MEM0_DIR ??= directory;
}
