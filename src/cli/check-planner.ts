import type { AuroraConfig } from '../config/config-file.ts';
import type { Environment } from '../config/environment.ts';
import { whyUnreachable } from '../models/reach-model.ts';
import type { Finding } from './finding.ts';

/** Asks whoever serves the model that plans whether it could, without using it. */
export async function checkPlanner(
  { planner: { model }, models, directory }: Pick<AuroraConfig, 'planner' | 'models' | 'directory'>,
  { variables }: Pick<Environment, 'variables'>,
): Promise<Finding[]> {
  if (model === undefined) return [];
  const why = await whyUnreachable(model, { providers: models, variables, directory });
  return [
    why === undefined
      ? { level: 'ok', what: 'planner', detail: `${model} answers` }
      : { level: 'warning', what: 'planner', detail: `${why}; the rules plan instead` },
  ];
}
