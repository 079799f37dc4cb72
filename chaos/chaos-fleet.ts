import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import getPort from 'get-port';
import pg from 'pg';
import type { Agent } from '../src/domain/agent.ts';
import { migrateQueue } from '../src/queue/queue-backend.ts';
import { migrateDatabase } from '../src/storage/migrate.ts';
import { compile } from '../scripts/compile.ts';
import { startFleetProcess, type FleetVictim, type FleetVictimOptions } from './fleet-victim.ts';
import { killProcessesIn } from './processes-in.ts';
import { openPostgres, openRedis } from './server-victim.ts';
import type { Victim } from './victim.ts';

export type Backend = 'redis' | 'postgres';

export interface ChaosFleet {
  readonly url: string;
  readonly victims: readonly Victim[];
  readonly processes: readonly FleetVictim[];
  /** The data folder of each machine. */
  readonly dataDirs: readonly string[];
  /** The record, for who judges. */
  readonly pool: pg.Pool;
  /** Milliseconds until the jobs of a silent worker are somebody else's. */
  readonly lockDuration: number;
  /** Ends everything in good order; what did not is in the answer. */
  close(): Promise<string[]>;
  /** Ends everything at once, agents that are at work too. */
  abandon(): Promise<void>;
}

/**
 * Milliseconds. On a slow machine, which shows in the time that a new Postgres takes, locks last longer:
 * a process that starves shall not be taken for a frozen one all the time.
 */
const shortestLock = 5_000;
const longestLock = 30_000;

/**
 * Servers of its own and a fleet on them: a web server, Maestro, and workers on two machines, each with
 * a data folder (hence mirrors) of its own. A fleet of more than two workers has Maestro twice.
 */
export async function openChaosFleet(options: {
  readonly folder: string;
  readonly backend: Backend;
  readonly agents: readonly Agent[];
  readonly workers: number;
}): Promise<ChaosFleet> {
  const { folder, backend, agents, workers } = options;
  const begin = performance.now();
  const postgres = await openPostgres(path.join(folder, 'services'));
  // Nobody shall wait a minute for the last of what was killed to be cleaned up.
  const sweepInterval = 5_000;
  const lockDuration = Math.round(
    Math.min(longestLock, Math.max(shortestLock, 3 * (performance.now() - begin))),
  );
  const servers: Victim[] = [postgres];
  let pool: pg.Pool | undefined;
  try {
    const redis =
      backend === 'redis' ? await openRedis(path.join(folder, 'services', 'redis')) : undefined;
    if (redis !== undefined) servers.push(redis);
    pool = await migratedPool(postgres.url, backend);
    const compiled = path.join(folder, 'compiled');
    await compile(compiled, ['src', 'chaos']);
    const program = path.join(compiled, 'chaos', 'fleet-process.js');
    const port = await getPort({ host: '127.0.0.1' });
    await mkdir(path.join(folder, 'tmp'), { recursive: true });
    const start = (
      name: string,
      kind: FleetVictimOptions['kind'],
      machine: string,
      serves: readonly string[] = [],
    ) =>
      startFleetProcess({
        ...{ program, name, kind, cwd: folder },
        options: {
          ...{ web: kind === 'web', maestro: kind === 'maestro' },
          ...{ agents, serves, lockDuration, sweepInterval, machine },
        },
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          TMPDIR: path.join(folder, 'tmp'),
          DATABASE_URL: postgres.url,
          REDIS_URL: redis === undefined ? '' : `unix:${redis.path}`,
          ...(redis === undefined ? {} : { AURORA_SHARDS: '2' }),
          AURORA_DATA_DIR: path.join(folder, machine),
          AURORA_SHUTDOWN_GRACE: '5s',
          PORT: String(port),
          LOG_LEVEL: 'info',
        },
      });
    const all = agents.map((agent) => agent.name);
    const processes = [
      start('maestro-1', 'maestro', 'machine-1'),
      start('web', 'web', 'machine-1'),
      ...(workers > 2 ? [start('maestro-2', 'maestro', 'machine-2')] : []),
      ...Array.from({ length: workers }, (_, index) =>
        start(`worker-${index + 1}`, 'worker', `machine-${(index % 2) + 1}`, all),
      ),
    ];
    return {
      url: `http://127.0.0.1:${port}`,
      victims: [...processes, ...servers],
      processes,
      dataDirs: ['machine-1', 'machine-2'].map((machine) => path.join(folder, machine)),
      pool,
      lockDuration,
      close: () => closeAll(processes, servers, pool),
      async abandon() {
        await Promise.all(processes.map((process) => process.kill()));
        await killProcessesIn(folder);
        await closeAll([], servers, pool);
      },
    };
  } catch (error) {
    await closeAll([], servers, pool);
    throw error;
  }
}

async function closeAll(
  processes: readonly Victim[],
  servers: readonly Victim[],
  pool: pg.Pool | undefined,
): Promise<string[]> {
  const problems: string[] = [];
  const stop = async (victim: Victim) => {
    try {
      await victim.wake();
      await victim.stop();
    } catch (error) {
      problems.push((error as Error).message);
    }
  };
  await Promise.all(processes.map(stop));
  await pool?.end();
  await Promise.all(servers.map(stop));
  return problems;
}

async function migratedPool(url: string, backend: Backend): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000 });
  // The server is killed now and then; whoever asks asks again.
  pool.on('error', () => undefined);
  await migrateDatabase(pool);
  if (backend === 'postgres') await migrateQueue(pool);
  return pool;
}
