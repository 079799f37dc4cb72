import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { deliveryPlace } from '../delivery/delivery-place.ts';
import { forgeOf } from '../delivery/forge-of.ts';
import { parseDelivery } from '../domain/delivery.ts';
import { AuroraError } from '../domain/errors.ts';
import type { Plan, PlanInput } from '../domain/plan.ts';
import type { PlannerName } from '../domain/planned-by.ts';
import { deadlineTime, defaultRunPriority } from '../domain/run-limits.ts';
import type { PlanningResult } from '../domain/planning-result.ts';
import type { RequestSource } from '../domain/run.ts';
import { assertBranchName } from '../git/branch-name.ts';
import { inspectRepository } from '../git/inspect-repository.ts';
import { createRun, type NewRun, type Run } from '../storage/run-store.ts';
import { tellDeadlines } from './deadlines.ts';
import { enqueuePlanning } from './enqueue-run.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { plannerName } from './planning/request-planner.ts';
import { assertRequestText } from './planning/request-text.ts';
import { clip } from './planning/requirement-title.ts';
import { parseInTurns } from './planning/requirement-parser.ts';
import { validateInTurns } from './planning/plan-validator.ts';
import { parseRunRequest } from './run-request.ts';

export interface SubmittedRun {
  readonly run: Run;
  /** False when the idempotency key had been used for the same request before. */
  readonly created: boolean;
  /** What the producer should know, such as uncommitted changes that the run will not see. */
  readonly warnings: readonly string[];
}

/**
 * The door: checks a request in full, records it, and hands it to whichever Maestro is free. When it
 * returns, the run is in the record and nothing can lose it; when it throws, nothing was written.
 *
 * @param proposal the plan that its producer was shown for a requirement, to be carried out as it is
 * @throws AuroraError request-invalid, requirement-invalid, plan-invalid, repository-invalid,
 *   forge-unknown, idempotency-conflict
 */
export async function submitRun(
  deps: MaestroDeps,
  input: unknown,
  proposal?: PlanningResult,
): Promise<SubmittedRun> {
  const request = parseRunRequest(input);
  const { title, source, limits } = await readSource(deps, request, proposal);
  const {
    maxParallel = limits.maxParallel,
    deadline = limits.deadline,
    priority = limits.priority,
    budget = limits.budget,
  } = request;
  const location = request.repository ?? repositoryOf(source);
  const repository =
    location === undefined
      ? undefined
      : await inspectRepository(location, { environment: deps.variables });
  const delivery = await deliveryOf(deps, request.deliver, repository);
  const { run, created } = await createRun(deps.database.db, {
    project: request.project ?? projectName(repository?.url),
    title: request.title ?? title,
    source,
    repository: repository?.url ?? null,
    baseBranch: repository?.defaultBranch ?? null,
    baseCommit: repository?.head ?? null,
    maxParallel: maxParallel ?? null,
    priority: priority ?? defaultRunPriority,
    budget: budget ?? null,
    deadlineAt: deadline === undefined ? null : deadlineTime(deadline, new Date()),
    approval: request.approve === true ? 'pending' : null,
    planningUsage: proposal?.plannedBy?.usage ?? null,
    idempotencyKey: request.idempotencyKey ?? randomUUID(),
    shard: deps.queues.nextShard(),
    delivery,
  });
  if (run.state === 'submitted') {
    // Should we die here, or the queue be away, the reconciler finds the run without its job.
    await enqueuePlanning(deps, run).catch((error: unknown) =>
      deps.log.warn({ err: error, runId: run.id }, 'the run waits for the queue to be planned'),
    );
  }
  if (run.deadlineAt !== null) await tellDeadlines(deps);
  deps.notify(run.id);
  const warnings = repository?.dirty
    ? [
        `${repository.url} has uncommitted changes; the run starts from the last commit and will not see them.`,
      ]
    : [];
  return { run, created, warnings };
}

async function readSource(
  deps: MaestroDeps,
  request: ReturnType<typeof parseRunRequest>,
  proposal: PlanningResult | undefined,
): Promise<{
  title: string;
  source: RequestSource;
  limits: Pick<Plan, 'maxParallel' | 'deadline' | 'priority' | 'budget'>;
}> {
  if (request.requirement !== undefined) {
    const { requirement: text, planner } = request;
    const asked = {
      ...(planner !== undefined && { planner }),
      ...(proposal !== undefined && { proposal }),
    };
    return {
      title: await titleOf(text, plannerName(planner, deps.planning.settings)),
      source: { kind: 'requirement', text, ...asked },
      limits: {},
    };
  }
  const { plan } = await validateInTurns(request.plan, deps.agents);
  return {
    title: plan.title,
    source: { kind: 'plan', plan: request.plan as PlanInput },
    limits: plan,
  };
}

/** A model reads more than the rules do, so that only what is no text is refused for it. */
async function titleOf(text: string, planner: PlannerName): Promise<string> {
  if (planner === 'model') {
    assertRequestText(text);
    return clip(text.trim().split('\n', 1)[0] as string, 180);
  }
  const [first, ...others] = (await parseInTurns(text)).requirements;
  const title = first?.title ?? 'Untitled run';
  return others.length === 0 ? title : `${title.slice(0, 180)}, and ${others.length} more`;
}

/** Where the work is to go, as far as it can be said now that it could be delivered there. */
async function deliveryOf(
  { forge, variables }: MaestroDeps,
  given: string | undefined,
  repository: { readonly url: string; readonly defaultBranch: string } | undefined,
): Promise<NewRun['delivery']> {
  const request = given === undefined ? undefined : parseDelivery(given);
  if (request === undefined) return undefined;
  if (repository === undefined) {
    throw new AuroraError(
      'request-invalid',
      'A run without a repository has nothing to deliver: name one, or leave "deliver" out.',
    );
  }
  const place = deliveryPlace(request, repository.defaultBranch);
  await assertBranchName(place.target, variables);
  if (place.kind === 'pr') {
    await forgeOf({ url: repository.url, environment: variables }, forge);
  }
  return place;
}

function repositoryOf(source: RequestSource): string | undefined {
  return source.kind === 'plan' ? source.plan.repository : undefined;
}

/** The last part of the repository's path or URL: how people call the project. */
function projectName(repository: string | undefined): string {
  if (repository === undefined) return 'default';
  const name = path.basename(repository.replace(/[/\\]+$/, ''), '.git').replace(/[^\w .-]/g, '-');
  return /^\w/.test(name) ? name.slice(0, 100) : 'default';
}
