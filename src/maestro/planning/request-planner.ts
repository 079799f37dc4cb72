import type { Agent } from '../../domain/agent.ts';
import type { PlanInput } from '../../domain/plan.ts';
import type { PlanningResult } from '../planning-result.ts';
import { validatePlan } from './plan-validator.ts';
import { readRepositoryFacts } from './repository-facts.ts';
import { expandRequirements } from './requirement-expander.ts';
import { parseRequirements } from './requirement-parser.ts';
import { clip } from './requirement-title.ts';

/** What a planner is given; each planner, by rules or by a model, answers with a PlanningResult. */
export interface PlanningRequest {
  readonly request: string;
  /** A checked-out copy of the repository that shall be changed, or null for none. */
  readonly repositoryDirectory: string | null;
  readonly agents: readonly Agent[];
}

/**
 * Plans a request by rules alone: parse, expand, depend, validate.
 *
 * @throws AuroraError `requirement-invalid` when the text asks for nothing or is no text,
 *   `repository-invalid` when the folder cannot be read, `plan-invalid` when no configured agent can
 *   do one of the tasks
 */
export async function planRequest({
  request,
  repositoryDirectory,
  agents,
}: PlanningRequest): Promise<PlanningResult> {
  const { requirements, questions } = parseRequirements(request);
  const facts = await readRepositoryFacts(repositoryDirectory);
  const { tasks, reasons } = expandRequirements(requirements, facts);
  const plan: PlanInput = {
    version: 1,
    title: clip(requirements.map(({ title }) => title).join('; '), 120),
    requirements: [...requirements],
    tasks: [...tasks],
  };
  return { plan: validatePlan(plan, agents).plan, reasons, questions };
}
