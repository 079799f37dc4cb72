import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { earnsWorking } from '../domain/memory.ts';
import type { MemoryRowIdentity, NewMemoryRow } from './memory-row.ts';
import type { SessionMemoryRow, SessionMemoryStore } from './session-memory-store.ts';

/**
 * Counts what ARGV names from the third on, unless the memory has expired meanwhile: a plain HINCRBY would
 * bring back a hash without content and without an end. A use (ARGV 1: when) that earns working memory is
 * noted in one step with it, so that nobody has to look through all of them.
 */
const touchScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
if ARGV[1] == '' then return 1 end
redis.call('HSET', KEYS[1], 'lastUsedAt', ARGV[1])
local agents = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if field == 'promoted' then return 1 end
  if string.sub(field, 1, 6) == 'agent:' then agents = agents + 1 end
end
if tonumber(redis.call('HGET', KEYS[1], 'uses')) >= ${earnsWorking.uses} or agents >= ${earnsWorking.agents} then
  redis.call('SADD', KEYS[2], ARGV[2])
end
return 1`;

const settleScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'promoted', '1') end
return redis.call('SREM', KEYS[2], ARGV[1])`;

/**
 * Short-term memories in Redis: a hash with a time to live for each, and a sorted set of ids by
 * last use for each project. The id follows from project, type and content, so that storing the
 * same thing twice, even at once, keeps it once.
 */
export function createRedisSessionMemoryStore(
  redis: Redis | Cluster,
  prefix = 'aurora',
): SessionMemoryStore {
  const hashKey = (id: string) => `${prefix}:memory:${id}`;
  const indexKey = (projectId: string) => `${prefix}:memories:${projectId}`;
  const earnedKey = `${prefix}:earned-memories`;

  async function read(ids: readonly string[]): Promise<(SessionMemoryRow | undefined)[]> {
    if (ids.length === 0) return [];
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hgetall(hashKey(id)).pttl(hashKey(id));
    const replies = await pipeline.exec();
    return ids.map((id, i) => {
      const [hashError, fields] = replies?.[2 * i] ?? [];
      const [ttlError, ttl] = replies?.[2 * i + 1] ?? [];
      const error = hashError ?? ttlError;
      if (error) throw error;
      return toRow(id, fields as Record<string, string>, ttl as number);
    });
  }

  async function earned(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const noted = await redis.smismember(earnedKey, ...ids);
    return ids.filter((_, i) => noted[i] === 1);
  }

  return {
    idForm: 'any',
    async put(row, lifetime) {
      const id = memoryId(row);
      const key = hashKey(id);
      const now = Date.now();
      const reply = await redis
        .multi()
        .hset(key, {
          projectId: row.projectId,
          type: row.type,
          content: row.content,
          contentHash: row.contentHash,
          lastUsedAt: String(now),
          ...markers('tag', row.tags),
          ...Object.fromEntries(
            Object.entries(row.metadata).map(([name, value]) => [
              `meta:${name}`,
              JSON.stringify(value),
            ]),
          ),
        })
        .hsetnx(key, 'createdAt', String(now))
        .pexpire(key, lifetime)
        .zadd(indexKey(row.projectId), now, id)
        // Ids of hashes that have expired: their last use is a whole lifetime ago.
        .zremrangebyscore(indexKey(row.projectId), '-inf', `(${now - lifetime}`)
        .pexpire(indexKey(row.projectId), lifetime)
        .exec()
        .catch((error: unknown) => {
          throw reasonOfAbort(error);
        });
      for (const [error] of reply ?? []) if (error) throw error;
      const [stored] = await read([id]);
      // A lifetime of a few milliseconds may have passed by now.
      return stored ?? freshRow(id, row, now, lifetime);
    },

    get: async (id) => (await read([id]))[0],

    async idOf(memory) {
      const id = memoryId(memory);
      return (await redis.exists(hashKey(id))) === 1 ? id : undefined;
    },

    async recent(projectId, tags, limit) {
      const ids = await redis.zrevrange(indexKey(projectId), 0, limit - 1);
      const rows = await read(ids);
      const wanted = new Set(tags);
      return rows.filter(
        (row) =>
          row !== undefined && (wanted.size === 0 || row.tags.some((tag) => wanted.has(tag))),
      ) as SessionMemoryRow[];
    },

    async markUsed(ids, agent, lifetime) {
      const now = Date.now();
      const rows = await read(ids);
      for (const row of rows) {
        if (row === undefined) continue;
        const key = hashKey(row.id);
        const fields = ['uses', '1', ...(agent === undefined ? [] : [`agent:${agent}`, '1'])];
        await redis.eval(touchScript, 2, key, earnedKey, String(now), row.id, ...fields);
        await redis
          .pipeline()
          .pexpire(key, lifetime)
          .zadd(indexKey(row.projectId), 'XX', now, row.id)
          .pexpire(indexKey(row.projectId), lifetime)
          .exec();
      }
    },

    async recordOutcome(ids, succeeded) {
      for (const id of ids) {
        const fields = ['outcomes', '1', 'successes', succeeded ? '1' : '0'];
        await redis.eval(touchScript, 2, hashKey(id), earnedKey, '', id, ...fields);
      }
    },

    async promotable(limit, among) {
      const noted =
        among === undefined ? await redis.srandmember(earnedKey, limit) : await earned(among);
      const rows = await read(noted);
      const gone = noted.filter((_, i) => rows[i] === undefined);
      if (gone.length > 0) await redis.srem(earnedKey, ...gone);
      return noted.filter((_, i) => rows[i] !== undefined);
    },

    async settlePromotion(id) {
      await redis.eval(settleScript, 2, hashKey(id), earnedKey, id);
    },

    async remove(id) {
      const projectId = await redis.hget(hashKey(id), 'projectId');
      const removed = await redis.del(hashKey(id));
      if (projectId !== null) await redis.zrem(indexKey(projectId), id);
      return removed > 0;
    },

    // Redis removes what has expired by itself.
    removeExpired: () => Promise.resolve(0),
  };
}

/** Why Redis gave a transaction up: "EXECABORT" alone does not say that its memory is full. */
function reasonOfAbort(error: unknown): unknown {
  const { previousErrors } = error as { previousErrors?: readonly unknown[] };
  return previousErrors?.[0] ?? error;
}

function memoryId(row: MemoryRowIdentity): string {
  const identity = JSON.stringify([row.projectId, row.type, row.contentHash]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}

/** One field a member: a set inside a hash, which grows without a read before the write. */
const markers = (kind: string, members: readonly string[]) =>
  Object.fromEntries(members.map((member) => [`${kind}:${member}`, '1']));

function toRow(
  id: string,
  fields: Record<string, string>,
  ttl: number,
): SessionMemoryRow | undefined {
  const { projectId, type, content, contentHash } = fields;
  if (projectId === undefined || type === undefined) return undefined;
  if (content === undefined || contentHash === undefined) return undefined;
  const named = (kind: string) =>
    Object.keys(fields)
      .filter((name) => name.startsWith(`${kind}:`))
      .map((name) => name.slice(kind.length + 1));
  return {
    id,
    projectId,
    type: type as SessionMemoryRow['type'],
    content,
    contentHash,
    tags: named('tag').sort(),
    metadata: Object.fromEntries(
      named('meta').map((name) => [name, JSON.parse(fields[`meta:${name}`] as string)]),
    ),
    uses: Number(fields.uses ?? 0),
    successes: Number(fields.successes ?? 0),
    outcomes: Number(fields.outcomes ?? 0),
    agents: named('agent').sort(),
    createdAt: new Date(Number(fields.createdAt)),
    lastUsedAt: new Date(Number(fields.lastUsedAt)),
    expiresAt: new Date(Date.now() + Math.max(0, ttl)),
  };
}

const freshRow = (
  id: string,
  row: NewMemoryRow,
  now: number,
  lifetime: number,
): SessionMemoryRow => ({
  ...row,
  id,
  tags: [...row.tags],
  metadata: { ...row.metadata },
  uses: 0,
  successes: 0,
  outcomes: 0,
  agents: [],
  createdAt: new Date(now),
  lastUsedAt: new Date(now),
  expiresAt: new Date(now + lifetime),
});
