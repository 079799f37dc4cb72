import type { Agent } from '../../domain/agent.ts';
import type { PlanningResult } from '../planning-result.ts';
import { breakCycles } from './break-cycles.ts';
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

/** Turns a request into a proposal. Whatever it proposes is mended and checked before it counts. */
export interface Planner {
  readonly name: string;
  propose(request: PlanningRequest): Promise<PlanningResult>;
}

/** The planner that needs no model: parse, expand, depend; deterministic. */
export const rulesPlanner: Planner = {
  name: 'rules',
  async propose({ request, repositoryDirectory }) {
    const { requirements, questions } = parseRequirements(request);
    const facts = await readRepositoryFacts(repositoryDirectory);
    const { tasks, reasons } = expandRequirements(requirements, facts);
    const title = clip(requirements.map(({ title }) => title).join('; '), 120);
    return {
      plan: { version: 1, title, requirements: [...requirements], tasks: [...tasks] },
      ...{ reasons, questions },
    };
  },
};

/**
 * Plans a request: what the planner proposes is held to the plan's schema, its circles are broken by
 * contracts, and requirements that it left uncovered are named.
 *
 * @throws AuroraError `requirement-invalid` when the text asks for nothing or is no text,
 *   `repository-invalid` when the folder cannot be read, `plan-invalid` when no configured agent can
 *   do one of the tasks
 */
export async function planRequest(
  request: PlanningRequest,
  planner: Planner = rulesPlanner,
): Promise<PlanningResult> {
  const proposal = await planner.propose(request);
  const { tasks, reasons, notes } = breakCycles(proposal.plan.tasks, proposal.reasons);
  const { plan } = validatePlan({ ...proposal.plan, tasks }, request.agents);
  const served = new Set(plan.tasks.flatMap(({ requirements }) => requirements));
  const uncovered = plan.requirements
    .filter(({ id }) => !served.has(id))
    .map(({ id, title }) => `${id}: no task serves "${title}"; the run cannot end as done.`);
  return { plan, reasons, questions: [...proposal.questions, ...notes, ...uncovered] };
}
