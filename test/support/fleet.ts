import path from 'node:path';
import pg from 'pg';
import { configFor, type AuroraConfig } from '../../src/config/config-file.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Agent } from '../../src/domain/agent.ts';
import { migrateQueue } from '../../src/queue/queue-backend.ts';
import { startFleet, maestroDeps, openMirrors, type FleetParts } from '../../src/runtime/fleet.ts';
import { openServices, type Services } from '../../src/runtime/services.ts';
import { getRun, isFinished, type Run } from '../../src/storage/run-store.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { MaestroDeps } from '../../src/maestro/maestro-deps.ts';
import type { TestBackend } from './backends.ts';
import { createTestDatabase } from './database.ts';
import { testRedisPrefix } from './redis.ts';
import { waitFor } from './wait-for.ts';

/** A whole Aurora in this process, on services and a data folder of its own. */
export interface TestFleet {
  readonly services: Services;
  readonly maestro: MaestroDeps;
  /** Address of the web server, when there is one. */
  readonly url: string | undefined;
  /** Resolves when the run has ended or is blocked. */
  ended(runId: string): Promise<Run>;
  close(): Promise<void>;
}

export async function openTestFleet(options: {
  readonly backend: TestBackend;
  readonly agents: readonly Agent[];
  readonly dataDir: string;
  readonly parts?: Partial<FleetParts>;
  readonly shards?: number;
  /** What the configuration says beside the agents. */
  readonly config?: Partial<AuroraConfig>;
  /** Instead of the backend's Redis. */
  readonly redisUrl?: string;
}): Promise<TestFleet> {
  const { backend, agents, dataDir } = options;
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  await migrateQueue(pool);
  await pool.end();
  const env = readEnvironment({
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATABASE_URL: database.url,
    REDIS_URL:
      options.redisUrl ?? (backend.kind === 'redis' ? `unix:${backend.redisPath}` : undefined),
    AURORA_DATA_DIR: path.join(dataDir, 'data'),
    AURORA_SHARDS: String(options.shards ?? 1),
    AURORA_SHUTDOWN_GRACE: '300ms',
    PORT: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
  });
  const services = await openServices({
    env,
    config: { ...configFor(agents, dataDir), ...options.config },
    log: createLogger(env),
    workers: agents.length + 2,
    redisPrefix: testRedisPrefix(),
  });
  const parts = { web: false, maestro: true, agents, ...options.parts };
  const fleet = await startFleet(services, parts);
  const { db } = services.database;
  return {
    services,
    maestro: maestroDeps(services, openMirrors(services)),
    url: fleet.url,
    ended: (runId) =>
      waitFor(
        async () => {
          const run = await getRun(db, runId);
          return (isFinished(run) || run.state === 'blocked') && run;
        },
        { timeoutMs: 60_000, what: `the end of ${runId}` },
      ),
    async close() {
      await fleet.close();
      await services.close();
      await database.drop();
    },
  };
}
