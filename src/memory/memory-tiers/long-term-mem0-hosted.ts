import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryClient } from 'mem0ai';
import { AuroraError } from '../../domain/errors.ts';
import { ownIds } from '../memory-id.ts';
import type { MemoryTier, TierMemory } from '../memory-tier.ts';
import { prepareMem0Environment } from './long-term-mem0.ts';
import { fromMem0, mem0Hash, mergeEntry, toMetadata } from './mem0-record.ts';

export interface HostedMem0Options {
  readonly apiKey: string;
  /** Another host than Mem0's own. */
  readonly host?: string | undefined;
  readonly directory: string;
  /** Milliseconds after which a call counts as failed. Default 10,000. */
  readonly timeout?: number;
}

const owner = 'aurora';

/**
 * Long-term memory at Mem0's hosted service. It keeps no counts of ours: `markUsed` and
 * `recordOutcome` change nothing there.
 */
export function createHostedMem0LongTerm(options: HostedMem0Options): MemoryTier {
  const { timeout = 10_000 } = options;
  let client: Promise<MemoryClient> | undefined;
  const open = () => {
    client ??= openClient(options).catch((error: unknown) => {
      client = undefined;
      throw error;
    });
    return client;
  };
  /** Mem0's client has no time limit of its own. */
  const within = async <T>(call: (client: MemoryClient) => Promise<T>): Promise<T> => {
    const stop = new AbortController();
    const late = sleep(timeout, undefined, { signal: stop.signal, ref: false }).then(() => {
      throw new AuroraError('memory-tier-failed', `Mem0 did not answer within ${timeout} ms.`);
    });
    try {
      return await Promise.race([open().then(call), late]);
    } finally {
      late.catch(() => undefined); // aborted: nobody waits for it any more
      stop.abort();
    }
  };

  async function find(hash: string): Promise<TierMemory | undefined> {
    const filters = { AND: [{ user_id: owner }, { metadata: { contentHash: hash } }] };
    const { results } = await within((mem0) => mem0.getAll({ filters, pageSize: 1 }));
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
        await within((mem0) => mem0.update(own as string, { metadata: toMetadata(merged) }));
        return { ...kept, tags: merged.tags, metadata: merged.metadata };
      }
      await within((mem0) =>
        mem0.add([{ role: 'user', content: entry.content }], {
          userId: owner,
          infer: false,
          metadata: toMetadata(entry),
        }),
      );
      // The service may answer "pending" and store a little later.
      const deadline = Date.now() + timeout;
      for (let wait = 50; ; wait *= 2) {
        const stored = await find(hash);
        if (stored !== undefined) return stored;
        if (Date.now() + wait > deadline) break;
        await sleep(wait);
      }
      throw new AuroraError(
        'memory-tier-failed',
        `Mem0 took the memory but did not show it within ${timeout} ms.`,
      );
    },
    async search({ text, tags, limit }) {
      const topK = tags.length > 0 ? limit * 4 : limit;
      const { results } = await within((mem0) =>
        mem0.search(text, { filters: { user_id: owner }, topK }),
      );
      return results.flatMap((result) => {
        const memory = fromMem0(result);
        if (memory === undefined) return [];
        if (tags.length > 0 && !memory.tags.some((tag) => tags.includes(tag))) return [];
        return [{ memory, why: [`long-term match (${(result.score ?? 0).toFixed(2)})`] }];
      });
    },
    async get(id) {
      const [own] = ownIds('long', [id]);
      if (own === undefined) return undefined;
      const item = await unlessMissing(within((mem0) => mem0.get(own)));
      return item && fromMem0(item);
    },
    idOf: async (memory) => (await find(mem0Hash(memory)))?.id,
    markUsed: () => Promise.resolve(),
    recordOutcome: () => Promise.resolve(),
    async forget(id) {
      const [own] = ownIds('long', [id]);
      if (own === undefined) return false;
      return (await unlessMissing(within((mem0) => mem0.delete(own)))) !== undefined;
    },
    expire: () => Promise.resolve(0),
  };
}

/** Undefined when the service says that there is no such memory. */
async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && error.name === 'MemoryNotFoundError') return undefined;
    throw error;
  }
}

async function openClient({ apiKey, host, directory }: HostedMem0Options): Promise<MemoryClient> {
  prepareMem0Environment(directory);
  const { MemoryClient } = await import('mem0ai');
  return new MemoryClient(host === undefined ? { apiKey } : { apiKey, host });
}
