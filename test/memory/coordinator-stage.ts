import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import type { MemoryTier } from '../../src/memory/memory-tier.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createRedisShortTerm } from '../../src/memory/memory-tiers/short-term-redis.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import { createMemoryAuditStore } from '../../src/storage/memory-audit-store.ts';
import type { Database } from '../../src/storage/database.ts';
import type { TestBackend } from '../support/backends.ts';
import { testRedisPrefix } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openTestMemoryDatabase } from './test-memory.ts';

/** Generous: these tests are about answers, not about speed on a busy machine. */
const timeBudget = 20_000;

// One for the process: Mem0 takes its folder from the environment, once.
let directory: Promise<string> | undefined;

export interface CoordinatorStage {
  database: Database;
  memory: ReturnType<typeof createMemoryCoordinator>;
  /** Opens another one on the same stores. */
  open: (more?: object) => ReturnType<typeof createMemoryCoordinator>;
  longTerm: () => MemoryTier;
}

/** A coordinator with all tiers, for the suite that calls this; there once its tests run. */
export function stageCoordinator(backend: TestBackend): CoordinatorStage {
  const stage = {} as CoordinatorStage;
  const errors: unknown[] = [];
  let redis: Redis | undefined;

  beforeAll(async () => {
    const folder = await (directory ??= tempDir());
    const database = await openTestMemoryDatabase();
    let shortTerm: MemoryTier;
    if (backend.kind === 'redis') {
      redis = new Redis({ path: backend.redisPath });
      shortTerm = createRedisShortTerm(redis, { prefix: testRedisPrefix() });
    } else {
      shortTerm = createPostgresShortTerm(database.db);
    }
    const longTerm = () => createMem0LongTerm(database.db, { directory: folder });
    const open: CoordinatorStage['open'] = (more = {}) =>
      createMemoryCoordinator({
        shortTerm,
        working: createWorkingTier(database.db),
        longTerm: longTerm(),
        audit: createMemoryAuditStore(database.db),
        timeBudget,
        holdout: 0,
        onError: (error) => errors.push(error),
        ...more,
      });
    Object.assign(stage, { database, open, longTerm, memory: open() });
  });
  afterAll(async () => {
    await stage.memory.close();
    await redis?.quit();
    await stage.database.close();
    expect(errors).toEqual([]);
  });
  return stage;
}
