import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Requirement } from '../../src/domain/requirement.ts';
import type { Task } from '../../src/domain/task.ts';
import { readRepositoryFacts } from '../../src/maestro/planning/repository-facts.ts';
import { expandRequirements } from '../../src/maestro/planning/requirement-expander.ts';
import { parseRequirements } from '../../src/maestro/planning/requirement-parser.ts';
import { agentsFolder, serviceFolder } from './demo-repository.ts';

export interface DemoPlan {
  readonly requirements: readonly Requirement[];
  readonly tasks: readonly Task[];
}

/** What the rules planner makes of the demo's requirement. */
export async function readDemoPlan(): Promise<DemoPlan> {
  const request = await readFile(join(agentsFolder, 'requirement.md'), 'utf8');
  const { requirements } = parseRequirements(request);
  const { tasks } = expandRequirements(requirements, await readRepositoryFacts(serviceFolder));
  return { requirements, tasks };
}
