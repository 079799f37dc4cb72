import type { Command } from 'commander';
import path from 'node:path';
import pc from 'picocolors';
import { startFleet } from '../../runtime/fleet.ts';
import { openServices } from '../../runtime/services.ts';
import { untilStopped } from '../../runtime/until-stopped.ts';
import { noteUpAddress, takeUpLock } from '../../runtime/up-lock.ts';
import { Closer } from '../../runtime/closer.ts';
import { startRedisServer } from '../../storage/local-server/redis-server.ts';
import { mkdir } from 'node:fs/promises';
import { answer, configOf, openContext, say } from '../cli-context.ts';

export function addUp(program: Command): void {
  program
    .command('up')
    .description('run everything in one process: services, Maestro, all agents, dashboard')
    .option('--redis', 'queue in a redis-server of its own, started from the PATH')
    .option('--json', 'print the addresses as one JSON object')
    .action(up);
}

async function up(options: { redis?: boolean; json?: boolean }): Promise<void> {
  const context = openContext(options);
  const { log } = context;
  let { env } = context;
  const config = await configOf(env);
  const closer = new Closer();
  try {
    await mkdir(env.dataDir, { recursive: true });
    closer.add(await takeUpLock(env.dataDir, ''));
    if (options.redis) {
      const redis = await startRedisServer({
        dir: path.join(env.dataDir, 'redis'),
        persistence: true,
      });
      closer.add(() => redis.close());
      env = { ...env, redisUrl: `unix:${redis.path}` };
    }
    const stopped = untilStopped();
    const services = await openServices({ env, config, log, workers: config.agents.length + 2 });
    closer.add(() => services.close());
    const fleet = await startFleet(services, { web: true, maestro: true, agents: config.agents });
    closer.add(() => fleet.close());
    const url = fleet.url as string;
    await noteUpAddress(env.dataDir, url);
    answer(
      context,
      { url, queues: `${url}/queues`, metrics: `${url}/metrics`, dataDir: env.dataDir },
      [
        `${pc.green('Aurora is up.')} ${config.agents.length} agents from ${config.file ?? 'the built-in configuration'}, queue in ${services.queues.backend.kind === 'redis' ? 'Redis' : 'Postgres'}.`,
        `  Dashboard  ${url}/`,
        `  Queues     ${url}/queues`,
        `  Metrics    ${url}/metrics`,
        `  Data       ${env.dataDir}`,
        pc.dim('Ctrl-C stops it.'),
      ].join('\n'),
    );
    const signal = await stopped;
    say(pc.dim(`${signal}: finishing or handing back what runs (once more to stop at once) …`));
  } finally {
    await closer.close();
  }
}
