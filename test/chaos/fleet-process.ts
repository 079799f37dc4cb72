/**
 * A process of a fleet as workers/*.ts start it, with what only tests set: a prefix in the shared
 * Redis, and locks that run out soon.
 *
 * usage: node --import tsx fleet-process.ts OPTIONS-AS-JSON
 */
import { once } from 'node:events';
import type { Agent } from '../../src/domain/agent.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { startFleet } from '../../src/runtime/fleet.ts';
import { openServices } from '../../src/runtime/services.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

export interface FleetProcessOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly redisPrefix: string;
  readonly directory: string;
  readonly dataDir: string;
  readonly maestro: boolean;
  /** All that are configured, and the names of those that this process serves. */
  readonly agents: readonly Agent[];
  readonly serves: readonly string[];
  /** Milliseconds. */
  readonly lockDuration: number;
}

const options = JSON.parse(process.argv[2] as string) as FleetProcessOptions;
const stopped = once(process, 'SIGTERM');
const env = readEnvironment({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  DATABASE_URL: options.databaseUrl,
  REDIS_URL: options.redisUrl,
  AURORA_DATA_DIR: options.dataDir,
  AURORA_SHUTDOWN_GRACE: '500ms',
  LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
});
const services = await openServices({
  env,
  config: {
    agents: options.agents,
    escalations: {},
    file: undefined,
    directory: options.directory,
  },
  log: createLogger(env),
  workers: options.serves.length + 2,
  redisPrefix: options.redisPrefix,
});
const { queues } = services;
const { lockDuration } = options;
const impatient = queues.shards.map((shard) => ({
  ...shard,
  worker: ((name, processor, settings) =>
    shard.worker(name, processor, {
      ...settings,
      lockDuration,
      stalledInterval: lockDuration / 2,
    })) satisfies typeof shard.worker,
}));
const fleet = await startFleet(
  { ...services, queues: { ...queues, shards: impatient } },
  {
    web: false,
    maestro: options.maestro,
    agents: options.agents.filter((agent) => options.serves.includes(agent.name)),
  },
);
process.stdout.write('serving\n');
await stopped;
await fleet.close();
await services.close();
