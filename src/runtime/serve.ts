import { loadConfig } from '../config/config-file.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Agent } from '../domain/agent.ts';
import { AuroraError } from '../domain/errors.ts';
import { createLogger } from '../telemetry/logger.ts';
import { Closer } from './closer.ts';
import { startFleet } from './fleet.ts';
import { openServices } from './services.ts';
import { untilStopped } from './until-stopped.ts';

export interface ServeOptions {
  readonly web?: boolean;
  readonly maestro?: boolean;
  /** Comma-separated names of agents or roles, or `all`. */
  readonly agents?: string;
}

/**
 * One process of a distributed fleet: runs its parts until SIGTERM or SIGINT, then takes no more
 * work, finishes or hands back what it has, and ends within the shutdown grace.
 *
 * @param ready told when it serves, with the address of the web server when it runs one
 */
export async function serve(
  options: ServeOptions,
  ready: (url: string | undefined) => void = () => undefined,
): Promise<void> {
  const stopped = untilStopped();
  const env = readEnvironment();
  const log = createLogger(env);
  const config = await loadConfig(process.cwd(), env.configFile);
  const agents = options.agents === undefined ? [] : selectAgents(config.agents, options.agents);
  const closer = new Closer();
  try {
    const services = await openServices({ env, config, log, workers: agents.length + 2 });
    closer.add(() => services.close());
    const parts = { web: options.web ?? false, maestro: options.maestro ?? false, agents };
    const fleet = await startFleet(services, parts);
    closer.add(() => fleet.close());
    log.info({ ...options, ...(fleet.url ? { url: fleet.url } : {}) }, 'serving');
    ready(fleet.url);
    const signal = await stopped;
    log.info({ signal }, 'stopping');
  } finally {
    await closer.close();
  }
}

/** @throws AuroraError agent-unknown when a name is neither an agent's nor a role of one */
export function selectAgents(agents: readonly Agent[], names: string): readonly Agent[] {
  if (names === 'all') return agents;
  const chosen = new Set<Agent>();
  for (const name of names.split(',').map((each) => each.trim())) {
    const found = agents.filter((agent) => agent.name === name || agent.role === name);
    if (found.length === 0) {
      throw new AuroraError(
        'agent-unknown',
        `No agent or role "${name}" is configured; there are ${agents.map((agent) => agent.name).join(', ')}.`,
      );
    }
    for (const agent of found) chosen.add(agent);
  }
  return [...chosen];
}
