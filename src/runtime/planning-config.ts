import type { AuroraConfig } from '../config/config-file.ts';
import type { Environment } from '../config/environment.ts';
import type { PlanningConfig } from '../maestro/planning/request-planner.ts';

/** Who plans, and with whose keys. */
export function planningConfig(
  { planner, models, directory }: Pick<AuroraConfig, 'planner' | 'models' | 'directory'>,
  { variables }: Pick<Environment, 'variables'>,
): PlanningConfig {
  return { settings: planner, models: { providers: models, variables, directory } };
}
