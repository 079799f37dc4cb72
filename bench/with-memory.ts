import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEnvironment } from '../src/config/environment.ts';
import type { MemoryCoordinator } from '../src/memory/memory-coordinator.ts';
import { Closer } from '../src/runtime/closer.ts';
import { openMemory } from '../src/runtime/open-memory.ts';
import { openRecord } from '../src/runtime/open-record.ts';
import { createLogger } from '../src/telemetry/logger.ts';

/** The memory of a fresh embedded Postgres in a folder of its own, which is removed afterwards. */
export async function withMemory<T>(work: (memory: MemoryCoordinator) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aurora-memory-'));
  await chmod(folder, 0o755);
  const env = readEnvironment({
    ...process.env,
    DATABASE_URL: '',
    REDIS_URL: '',
    MEM0_API_KEY: '',
    AURORA_DATA_DIR: folder,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
  });
  const closer = new Closer();
  closer.add(() => rm(folder, { recursive: true, force: true }));
  try {
    const log = createLogger(env);
    const { database } = await openRecord(env, log, closer);
    const memory = openMemory({ database, redis: undefined, env, redisPrefix: undefined, log });
    closer.add(() => memory.close());
    return await work(memory);
  } finally {
    await closer.close();
  }
}
