import path from 'node:path';
import type { Agent } from '../domain/agent.ts';
import { limitsOf, setupsOf } from '../domain/project-settings.ts';
import { createMirrorCache, type MirrorCache } from '../git/mirror-cache.ts';
import type { MaestroDeps } from '../maestro/maestro-deps.ts';
import { Closer } from './closer.ts';
import { planningConfig } from './planning-config.ts';
import type { Services } from './services.ts';

/** Which parts of the fleet a process runs. */
export interface FleetParts {
  readonly web: boolean;
  readonly maestro: boolean;
  /** The agents that it serves; none for a process that only plans or shows. */
  readonly agents: readonly Agent[];
  /** Milliseconds between two looks for what dead attempts have left; for those who wait for it. */
  readonly sweepInterval?: number;
}

export interface Fleet {
  /** Address of the web server, when it runs one. */
  readonly url: string | undefined;
  /** Stops taking work, finishes or hands back what runs, and stops. */
  close(): Promise<void>;
}

/**
 * Starts the given parts on opened services; closing them leaves the services open. Only what a
 * process runs is loaded, which saves a worker a second of start-up and tens of megabytes.
 */
export async function startFleet(services: Services, parts: FleetParts): Promise<Fleet> {
  const { env, database, queues, memory, log, config, notifier, machine } = services;
  const { notify } = notifier;
  const closer = new Closer();
  const mirrors = openMirrors(services);
  try {
    const deps = maestroDeps(services, mirrors);
    let url: string | undefined;
    if (parts.web) {
      const { openWeb } = await import('./web.ts');
      url = await openWeb(services, deps, closer);
    }
    if (parts.maestro) {
      const { openMaestro } = await import('../maestro/maestro.ts');
      const maestro = await openMaestro(deps);
      closer.add(() => maestro.close());
    }
    if (parts.agents.length > 0) {
      const { openAgentPool } = await import('../agents/agent-pool.ts');
      const pool = await openAgentPool({
        ...{ database, memory, queues, log, notify, machine },
        agents: parts.agents,
        workspaces: { mirrors, worktreesRoot: path.join(env.dataDir, 'worktrees') },
        configDirectory: config.directory,
        models: config.models,
        setups: setupsOf(config.projects),
        variables: env.variables,
        webUrl: env.url ?? url,
        ...{ maxHandoffs: config.maxHandoffs, maxQuestions: config.maxQuestions },
        ...(parts.sweepInterval === undefined ? {} : { sweepInterval: parts.sweepInterval }),
      });
      closer.add(() => pool.close(env.shutdownGrace));
    }
    return { url, close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

/** The repositories' mirrors on this machine. */
export function openMirrors({ env }: Pick<Services, 'env'>): MirrorCache {
  return createMirrorCache(path.join(env.dataDir, 'mirrors'), env.variables);
}

export function maestroDeps(services: Services, mirrors: MirrorCache): MaestroDeps {
  const { database, queues, memory, config, env, log, notifier, machine } = services;
  return {
    ...{ database, queues, memory, mirrors, log, machine },
    agents: config.agents,
    policy: config.escalations,
    projects: limitsOf(config.projects),
    planning: planningConfig(config, env),
    forge: env.forge,
    variables: env.variables,
    retentionDays: env.retentionDays,
    notify: notifier.notify,
  };
}
