import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { compile } from '../../scripts/compile.ts';
import { AuroraError } from '../../src/domain/errors.ts';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/storage/embedded-postgres/open-embedded-postgres.ts';
import { startRedisServer, type RedisServer } from '../../src/storage/local-server/redis-server.ts';
import { installRedisServer } from './install-redis-server.ts';
import { makeRunFolder, sweepDeadRuns } from './run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the database `aurora` on the run's Postgres, as its superuser. */
    postgresUrl: string;
    /** The project as it is deployed: compiled, the sources' tree and all. */
    compiled: string;
    /** Socket of the run's redis-server; null where there is none. */
    redisPath: string | null;
  }
}

/** One Postgres and one redis-server for the whole run, in a folder that goes away with it. */
export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  await sweepDeadRuns();
  const folder = await makeRunFolder();
  let postgres: EmbeddedPostgres | undefined;
  let redis: RedisServer | undefined;
  const stopServices = async (): Promise<void> => {
    await redis?.close();
    await postgres?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await compile(join(folder, 'compiled'), ['src', 'workers', 'test/processes']);
    postgres = await openEmbeddedPostgres({ dataDir: folder });
    redis = await startRedis(join(folder, 'redis'));
  } catch (error) {
    await stopServices();
    throw error;
  }
  project.provide('compiled', join(folder, 'compiled'));
  project.provide('postgresUrl', postgres.url);
  project.provide('redisPath', redis?.path ?? null);
  return stopServices;
}

async function startRedis(dir: string): Promise<RedisServer | undefined> {
  try {
    return await startRedisServer({ dir });
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'redis-server-missing') throw error;
    if (await installRedisServer()) return startRedisServer({ dir });
    // In CI a half-run suite must not look like a whole one.
    if (process.env['CI']) throw error;
    process.stderr.write(
      '\n*** redis-server is not installed: every suite marked [redis] is SKIPPED. ***\n' +
        `*** ${error.message} ***\n\n`,
    );
    return undefined;
  }
}
