import { loadConfig } from '../config/config-file.ts';
import { readEnvironment } from '../config/environment.ts';
import { createMaestro, type Maestro } from '../maestro/maestro.ts';
import { submitRun, type SubmittedRun } from '../maestro/submit-run.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import { createLogger } from '../telemetry/logger.ts';
import { maestroDeps, openMirrors } from './fleet.ts';
import { openServices } from './services.ts';

/** Aurora as a library: the same services as the command line, chosen by the same environment. */
export interface Aurora {
  readonly maestro: Maestro;
  readonly memoryCoordinator: MemoryCoordinator;
  /**
   * Submits a requirement or a plan; a running fleet carries it out.
   *
   * @throws AuroraError request-invalid, requirement-invalid, plan-invalid, repository-invalid
   */
  submit(request: unknown): Promise<SubmittedRun>;
  close(): Promise<void>;
}

/**
 * Opens Postgres, the queue and the memory as the environment says (see the README's table).
 *
 * @param variables instead of the process environment
 * @throws AuroraError config-invalid, database-unavailable, queue-unavailable …
 */
export async function openAurora(variables?: NodeJS.ProcessEnv): Promise<Aurora> {
  const env = readEnvironment(variables);
  const log = createLogger(env);
  const config = await loadConfig(process.cwd(), env.configFile);
  const services = await openServices({ env, config, log, workers: 0 });
  const deps = maestroDeps(services, openMirrors(services));
  return {
    maestro: createMaestro(deps),
    memoryCoordinator: services.memory,
    submit: (request) => submitRun(deps, request),
    close: () => services.close(),
  };
}
