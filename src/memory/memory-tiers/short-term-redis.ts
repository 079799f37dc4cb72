import { createRedisSessionMemoryStore } from '../../storage/redis-session-memory-store.ts';
import type { MemoryTier } from '../memory-tier.ts';
import { createShortTermTier, type ShortTermOptions } from './short-term.ts';

/** Session context in Redis: one hash a memory, expired by Redis itself. */
export function createRedisShortTerm(
  redis: Parameters<typeof createRedisSessionMemoryStore>[0],
  options: ShortTermOptions & {
    /** What every key starts with. Default `aurora`. */
    readonly prefix?: string;
  } = {},
): MemoryTier {
  return createShortTermTier(createRedisSessionMemoryStore(redis, options.prefix), options);
}
