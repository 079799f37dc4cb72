import { Redis } from 'ioredis';
import { describe } from 'vitest';
import { createRedisShortTerm } from '../../../src/memory/memory-tiers/short-term-redis.ts';
import { redisIsAvailable, testRedisPath, testRedisPrefix } from '../../support/redis.ts';
import { describeMemoryTier } from '../conformance.ts';

describe.skipIf(!redisIsAvailable())('[redis]', () => {
  describeMemoryTier(
    'short-term in Redis',
    { isolatesProjects: true, counts: 'agents' },
    async () => {
      const redis = new Redis({ path: testRedisPath() });
      const prefix = testRedisPrefix();
      return {
        tier: createRedisShortTerm(redis, { prefix }),
        withLifetime: (lifetime) => createRedisShortTerm(redis, { prefix, lifetime }),
        close: async () => {
          await redis.quit();
        },
      };
    },
  );
});
