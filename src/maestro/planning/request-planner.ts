import type { Agent } from '../../domain/agent.ts';
import { AuroraError } from '../../domain/errors.ts';
import type { ModelUsage } from '../../domain/model-usage.ts';
import { plannedByRules, type PlannedBy, type PlannerName } from '../../domain/planned-by.ts';
import type { PlannerSettings } from '../../domain/planner-settings.ts';
import type { ModelSettings } from '../../models/model-access.ts';
import type { PlanningResult } from '../../domain/planning-result.ts';
import { breakCycles } from './break-cycles.ts';
import { validatePlan } from './plan-validator.ts';
import { readRepositoryFacts } from './repository-facts.ts';
import { expandRequirements } from './requirement-expander.ts';
import { parseInTurns } from './requirement-parser.ts';
import { clip } from './requirement-title.ts';

/** What a planner is given; each planner, by rules or by a model, answers with a PlanningResult. */
export interface PlanningRequest {
  readonly request: string;
  /** A checked-out copy of the repository that shall be changed, or null for none. */
  readonly repositoryDirectory: string | null;
  readonly agents: readonly Agent[];
  /** Stops a planner that takes time; `propose` then throws its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly meter?: PlanningMeter | undefined;
}

/** What a planner that costs money is held to. */
interface PlanningMeter {
  /** Why nothing more may be asked of a model; undefined when it may. */
  readonly refusal: () => Promise<string | undefined>;
  /** Records what one call has used. */
  readonly record: (usage: ModelUsage) => Promise<void>;
}

/** Turns a request into a proposal. Whatever it proposes is mended and checked before it counts. */
export interface Planner {
  readonly name: string;
  propose(request: PlanningRequest): Promise<PlanningResult | Declined>;
}

/** There is no plan, and a notice says why; the rules plan instead. */
interface Declined {
  readonly declined: PlannedBy;
}

/** The planner that needs no model: parse, expand, depend; deterministic. */
export const rulesPlanner = {
  name: 'rules',
  async propose({ request, repositoryDirectory }: PlanningRequest): Promise<PlanningResult> {
    const { requirements, questions } = await parseInTurns(request);
    const facts = await readRepositoryFacts(repositoryDirectory);
    const { tasks, reasons } = expandRequirements(requirements, facts);
    const title = clip(requirements.map(({ title }) => title).join('; '), 120);
    return {
      plan: { version: 1, title, requirements: [...requirements], tasks: [...tasks] },
      ...{ reasons, questions, plannedBy: plannedByRules },
    };
  },
};

/** What the configuration says of planning. */
export interface PlanningConfig {
  readonly settings: PlannerSettings;
  readonly models: ModelSettings;
}

/**
 * The planner that a request asks for, else the one that is configured: the model where there is one.
 *
 * @throws AuroraError `request-invalid` when a model is asked for and none is configured
 */
export async function choosePlanner(
  asked: PlannerName | undefined,
  { settings, models }: PlanningConfig,
): Promise<Planner> {
  if (plannerName(asked, settings) === 'rules') return rulesPlanner;
  // Loaded only for those who use it: the SDK is large.
  const { modelPlanner } = await import('./model/model-planner.ts');
  return modelPlanner(settings.model as string, settings, models);
}

/** @throws AuroraError `request-invalid` when a model is asked for and none is configured */
export function plannerName(
  asked: PlannerName | undefined,
  { model }: PlannerSettings,
): PlannerName {
  if (asked !== 'model') return asked ?? (model === undefined ? 'rules' : 'model');
  if (model !== undefined) return 'model';
  throw new AuroraError(
    'request-invalid',
    "There is no model to plan with: name one in aurora.config, planner: { model: 'provider:name' }.",
  );
}

/**
 * Plans a request: what the planner proposes is held to the plan's schema, its circles are broken by
 * contracts, and requirements that it left uncovered are named.
 *
 * @throws AuroraError `requirement-invalid` when the text asks for nothing or is no text,
 *   `repository-invalid` when the folder cannot be read, `plan-invalid` when no configured agent can
 *   do one of the tasks; when the rules had to stand in for a model, with why
 */
export async function planRequest(
  request: PlanningRequest,
  planner: Planner = rulesPlanner,
): Promise<PlanningResult> {
  const proposal = await planner.propose(request);
  if (!('declined' in proposal)) return held(proposal, request);
  const { declined } = proposal;
  try {
    return { ...held(await rulesPlanner.propose(request), request), plannedBy: declined };
  } catch (error) {
    if (!(error instanceof AuroraError) || declined.notice === null) throw error;
    const { code, message, problems, cause } = error;
    const both = `${declined.notice} They could not either: ${message}`;
    throw new AuroraError(code, both, { problems, cause });
  }
}

function held(proposal: PlanningResult, request: PlanningRequest): PlanningResult {
  const { tasks, reasons, notes } = breakCycles(proposal.plan.tasks, proposal.reasons);
  const { plan } = validatePlan({ ...proposal.plan, tasks }, request.agents);
  const served = new Set(plan.tasks.flatMap(({ requirements }) => requirements));
  const uncovered = plan.requirements
    .filter(({ id }) => !served.has(id))
    .map(({ id, title }) => `${id}: no task serves "${title}"; the run cannot end as done.`);
  return { ...proposal, plan, reasons, questions: [...proposal.questions, ...notes, ...uncovered] };
}
