import path from 'node:path';
import type { EmbedderChoice, Environment } from '../config/environment.ts';
import type { Logger } from '../domain/logger.ts';
import { createMemoryCoordinator } from '../memory/create-memory-coordinator.ts';
import type { Embedder } from '../memory/embedders/embedder.ts';
import { createOllamaEmbedder } from '../memory/embedders/ollama-embedder.ts';
import { createOpenAiEmbedder } from '../memory/embedders/openai-embedder.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import { createHostedMem0LongTerm } from '../memory/memory-tiers/long-term-mem0-hosted.ts';
import { createMem0LongTerm } from '../memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../memory/memory-tiers/short-term-postgres.ts';
import { createRedisShortTerm } from '../memory/memory-tiers/short-term-redis.ts';
import { createWorkingTier } from '../memory/memory-tiers/working.ts';
import type { Database, Db } from '../storage/database.ts';
import { getProject } from '../storage/project-store.ts';
import { createMemoryAuditStore } from '../storage/memory-audit-store.ts';
import type { Cluster, Redis } from '../storage/redis.ts';
import { memoryQueriesTotal, memoryUpkeepTotal } from '../telemetry/metrics.ts';
import { createTotalsCounter } from './totals-counter.ts';

/** The three tiers as the environment chooses them: Redis or Postgres, Postgres, Mem0. */
export function openMemory(options: {
  readonly database: Database;
  readonly redis: Redis | Cluster | undefined;
  readonly env: Pick<
    Environment,
    'mem0' | 'dataDir' | 'lessonHoldout' | 'embedder' | 'memoryTokens'
  >;
  readonly redisPrefix: string | undefined;
  readonly log: Logger;
}): MemoryCoordinator {
  const { database, redis, env, redisPrefix = 'aurora', log } = options;
  const { db } = database;
  const directory = path.join(env.dataDir, 'mem0');
  const upkeep = createTotalsCounter(db, memoryUpkeepTotal, log);
  const embedder = openEmbedder(env.embedder);
  const queries = createTotalsCounter(db, memoryQueriesTotal, log);
  const namesOf = rememberNames(db);
  const coordinator = createMemoryCoordinator({
    shortTerm:
      redis === undefined
        ? createPostgresShortTerm(db)
        : // On a cluster all of it is in one slot, which its transactions need.
          createRedisShortTerm(redis, {
            prefix: redis.isCluster ? `{${redisPrefix}}` : redisPrefix,
          }),
    working: createWorkingTier(db, {
      embedder,
      namesOf,
      onEmbedderError: (reason) => log.warn({ reason }, 'memory is searched by words alone'),
    }),
    longTerm:
      env.mem0 === undefined
        ? createMem0LongTerm(db, { directory, embedder })
        : createHostedMem0LongTerm({ ...env.mem0, directory }),
    audit: createMemoryAuditStore(db),
    holdout: env.lessonHoldout,
    promptTokens: env.memoryTokens,
    onQuery: (tiers) => tiers.forEach((tier) => queries.add(tier)),
    namesOf,
    onUpkeep: (done, count) => {
      upkeep.add(done, count);
      if (count > 0) log.info({ done, count }, 'kept memory in order');
    },
    onError: (error) => log.warn({ err: error }, 'memory could not keep its books'),
  });
  return {
    ...coordinator,
    async close() {
      await coordinator.close();
      await queries.close();
      await upkeep.close();
    },
  };
}

/** The names of projects and their repositories; each is asked for once a process. */
function rememberNames(db: Db): (projectId: string) => Promise<readonly string[]> {
  const known = new Map<string, readonly string[]>();
  return async (projectId) => {
    let names = known.get(projectId);
    if (names === undefined) {
      const { name, repository = null } = (await getProject(db, projectId)) ?? {};
      const folder = repository === null ? undefined : path.basename(repository, '.git');
      names = [name, folder].filter((each) => each !== undefined);
      // A project may be made after its first memory.
      if (names.length > 0) known.set(projectId, names);
    }
    return names;
  };
}

/** Undefined: lexical. */
function openEmbedder(choice: EmbedderChoice | undefined): Embedder | undefined {
  if (choice === undefined) return undefined;
  return choice.kind === 'openai' ? createOpenAiEmbedder(choice) : createOllamaEmbedder(choice);
}
