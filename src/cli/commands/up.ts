import type { Command } from 'commander';
import path from 'node:path';
import pc from 'picocolors';
import type { AuroraConfig } from '../../config/config-file.ts';
import { withDataFolder } from '../../runtime/data-folder.ts';
import { startFleet } from '../../runtime/fleet.ts';
import { openServices } from '../../runtime/services.ts';
import { untilStopped } from '../../runtime/until-stopped.ts';
import { noteUp, takeUpLock } from '../../runtime/up-lock.ts';
import { Closer } from '../../runtime/closer.ts';
import { startRedisServer } from '../../storage/local-server/redis-server.ts';
import { answer, configOf, openContext, say } from '../cli-context.ts';

const settings = `
Settings come from the environment: PORT (4700; 0 picks a free one), HOST (127.0.0.1; others need
AURORA_TOKEN), DATABASE_URL (unset: the embedded Postgres), REDIS_URL (unset: the queue is in
Postgres), AURORA_DATA_DIR, AURORA_CONFIG (unset: aurora.config.{ts,mjs,json} of this folder).`;

export function defineUp(command: Command): void {
  command
    .option('--redis', 'queue in a redis-server of its own, started from the PATH')
    .option('--json', 'print the addresses as one JSON object')
    .addHelpText('after', settings)
    .action(up);
}

async function up(options: { redis?: boolean; json?: boolean }): Promise<void> {
  const context = openContext(options);
  const { log } = context;
  let { env } = context;
  const config = await configOf(env);
  const closer = new Closer();
  const stopped = untilStopped();
  try {
    closer.add(await withDataFolder(env.dataDir, () => takeUpLock(env.dataDir)));
    if (options.redis) {
      const dir = path.join(env.dataDir, 'redis');
      const redis = await startRedisServer({ dir, persistence: true });
      closer.add(() => redis.close());
      env = { ...env, redisUrl: `unix:${redis.path}` };
    }
    const services = await openServices({ env, config, log, workers: config.agents.length + 2 });
    closer.add(() => services.close());
    const fleet = await startFleet(services, { web: true, maestro: true, agents: config.agents });
    closer.add(() => fleet.close());
    const url = fleet.url as string;
    await noteUp(env.dataDir, { url, redisUrl: env.redisUrl });
    answer(
      context,
      { url, queues: `${url}/queues`, metrics: `${url}/metrics`, dataDir: env.dataDir },
      greeting(config, services.queues.kind, url, env.dataDir),
    );
    const signal = await stopped;
    say(pc.dim(`${signal}: finishing or handing back what runs (once more to stop at once) …`));
  } finally {
    await closer.close();
  }
}

function greeting(
  config: AuroraConfig,
  queue: 'redis' | 'postgres',
  url: string,
  dataDir: string,
): string {
  const from = config.file ?? 'the built-in configuration';
  const where = queue === 'redis' ? 'Redis' : 'Postgres';
  return [
    `${pc.green('Aurora is up.')} ${config.agents.length} agents from ${from}, queue in ${where}.`,
    `  Dashboard  ${url}/`,
    `  Queues     ${url}/queues`,
    `  Metrics    ${url}/metrics`,
    `  Data       ${dataDir}`,
    pc.dim('Ctrl-C stops it.'),
  ].join('\n');
}
