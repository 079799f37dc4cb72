import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { Logger } from '../domain/logger.ts';
import { createMemoryCoordinator, type MemoryCoordinator } from '../memory/memory-coordinator.ts';
import { createHostedMem0LongTerm } from '../memory/memory-tiers/long-term-mem0-hosted.ts';
import { createMem0LongTerm } from '../memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../memory/memory-tiers/short-term-postgres.ts';
import { createRedisShortTerm } from '../memory/memory-tiers/short-term-redis.ts';
import { createWorkingTier } from '../memory/memory-tiers/working.ts';
import type { Database } from '../storage/database.ts';
import { createMemoryAuditStore } from '../storage/memory-audit-store.ts';
import type { Cluster, Redis } from '../storage/redis.ts';
import { memoryQueriesTotal } from '../telemetry/metrics.ts';
import { createTotalsCounter } from './totals-counter.ts';

/** The three tiers as the environment chooses them: Redis or Postgres, Postgres, Mem0. */
export function openMemory(options: {
  readonly database: Database;
  readonly redis: Redis | Cluster | undefined;
  readonly env: Pick<Environment, 'mem0' | 'dataDir' | 'lessonHoldout'>;
  readonly redisPrefix: string | undefined;
  readonly log: Logger;
}): MemoryCoordinator {
  const { database, redis, env, redisPrefix = 'aurora', log } = options;
  const { db } = database;
  const directory = path.join(env.dataDir, 'mem0');
  const queries = createTotalsCounter(db, memoryQueriesTotal, log);
  const coordinator = createMemoryCoordinator({
    shortTerm:
      redis === undefined
        ? createPostgresShortTerm(db)
        : // On a cluster all of it is in one slot, which its transactions need.
          createRedisShortTerm(redis, {
            prefix: redis.isCluster ? `{${redisPrefix}}` : redisPrefix,
          }),
    working: createWorkingTier(db),
    longTerm:
      env.mem0 === undefined
        ? createMem0LongTerm(db, { directory })
        : createHostedMem0LongTerm({ ...env.mem0, directory }),
    audit: createMemoryAuditStore(db),
    holdout: env.lessonHoldout,
    onQuery: (tiers) => tiers.forEach((tier) => queries.add(tier)),
    onError: (error) => log.warn({ err: error }, 'memory could not keep its books'),
  });
  return {
    ...coordinator,
    async close() {
      await coordinator.close();
      await queries.close();
    },
  };
}
