import { z } from 'zod';
import { assignTasks } from '../domain/assignment.ts';
import { AuroraError } from '../domain/errors.ts';
import { planJobId } from '../queue/job-names.ts';
import { jobOptions } from '../queue/run-flow.ts';
import { readAgentStats } from '../storage/agent-stats-store.ts';
import { listRequirements, toRequirement } from '../storage/plan-store.ts';
import {
  listPendingRevisions,
  recordApproval,
  refuseRevision,
  requestRevision,
  settleRevision,
  type Revision,
  type RevisedPlan,
} from '../storage/revision-store.ts';
import { getRun, readSource, type Run } from '../storage/run-store.ts';
import { listTasks, type TaskRow } from '../storage/task-store.ts';
import { enqueueFlow } from './enqueue-run.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { amendRequirements, type AmendedRequirements } from './planning/amendment.ts';
import { parseInTurns } from './planning/requirement-parser.ts';
import { replan, type Replanned } from './planning/replan.ts';
import { readRepositoryFacts, type RepositoryFacts } from './planning/repository-facts.ts';
import { withSources } from './sources.ts';

/** How soon it is looked again whether what runs is finished, in milliseconds. */
const patience = 1_000;

/** What a person sends: the whole request anew, or what is to be different. */
export const amendmentSchema = z
  .strictObject({
    request: z.string().trim().min(1).max(1_000_000).optional(),
    change: z.string().trim().min(1).max(20_000).optional(),
    by: z.string().trim().min(1).max(200).optional(),
  })
  .refine(({ request, change }) => (request === undefined) !== (change === undefined), {
    message: 'give either "change" or the whole "request" anew, and not both',
    path: ['change'],
  });

export type AmendmentRequest = z.infer<typeof amendmentSchema>;

/**
 * Changes the requirements of a run, whether it waits for approval, runs, or has ended: only what is
 * affected is planned anew, finished work stays. When it returns, the change is in the record; it is
 * made at once, or as soon as what runs is finished.
 *
 * @throws AuroraError run-not-found, state-conflict, requirement-invalid
 */
export async function amendRun(
  deps: MaestroDeps,
  runId: string,
  { by, ...amendment }: AmendmentRequest,
): Promise<Revision> {
  const { db } = deps.database;
  await getRun(db, runId);
  // Whoever asks is told at once what cannot be understood.
  await amended(deps, runId, amendment);
  const request = JSON.stringify(amendment);
  const revision = await requestRevision(db, runId, { request, by: by ?? null });
  deps.notify(runId);
  await reviseRun(deps, runId);
  return revision;
}

/**
 * Starts a run whose plan somebody has looked at.
 *
 * @throws AuroraError run-not-found, state-conflict when it waits for no approval
 */
export async function approveRun(deps: MaestroDeps, runId: string, by?: string): Promise<void> {
  await recordApproval(deps.database.db, runId, by ?? null);
  await enqueueFlow(deps, runId);
}

/** What was asked for, as it was written. */
export function readAmendment({ request }: Pick<Revision, 'request'>): {
  request?: string | undefined;
  change?: string | undefined;
} {
  return amendmentSchema.parse(JSON.parse(request));
}

/**
 * Makes the changes that are asked for, as soon as nothing of the run runs. Idempotent: the
 * reconciler calls it for what a crash left undone.
 *
 * @returns whether there was any
 */
export async function reviseRun(deps: MaestroDeps, runId: string): Promise<boolean> {
  const { db } = deps.database;
  const [revision] = await listPendingRevisions(db, runId);
  if (revision === undefined) return false;
  try {
    if (!(await makeRevision(deps, revision))) await lookAgain(deps, revision);
    else await enqueueFlow(deps, runId);
  } catch (error) {
    if (!(error instanceof AuroraError) || error.kind !== 'input') throw error;
    await refuseRevision(db, revision, error.message);
  }
  deps.notify(runId);
  return true;
}

async function makeRevision(deps: MaestroDeps, revision: Revision): Promise<boolean> {
  const { db } = deps.database;
  const { runId } = revision;
  const [run, rows] = await Promise.all([getRun(db, runId), listTasks(db, runId)]);
  if (rows.some(({ state }) => state === 'running')) return false;
  const amendment = await amended(deps, runId, readAmendment(revision));
  // Parts belong to the task that was split; what becomes of it is theirs, too.
  const planned = rows.filter(({ parentId }) => parentId === null);
  const ids = new Set(planned.map(({ id }) => id));
  const outcome = replan(
    planned.map(({ spec, state, startedAt }) => {
      const dependsOn = spec.dependsOn.filter((id) => ids.has(id));
      return { spec: { ...spec, dependsOn }, state, begun: startedAt !== null };
    }),
    amendment.requirements,
    amendment.change,
    await factsOf(deps, run),
    run.plannedBy?.planner !== 'model' && (await readSource(db, runId)).kind === 'requirement',
  );
  const plan = await assigned(deps, rows, amendment, outcome);
  const seen = new Map(rows.map(({ id, epoch }) => [id, epoch]));
  const made = await settleRevision(db, revision, seen, plan);
  if (made) deps.log.info({ runId, revision: revision.revision, ...plan.change }, 'plan amended');
  return made;
}

async function amended(
  { database: { db } }: MaestroDeps,
  runId: string,
  { request, change }: { request?: string | undefined; change?: string | undefined },
): Promise<AmendedRequirements> {
  const rows = await listRequirements(db, runId);
  return amendRequirements(
    request === undefined ? { change: change ?? '' } : { request: await parseInTurns(request) },
    rows.filter(({ withdrawnAt }) => withdrawnAt === null).map(toRequirement),
    rows.map(({ id }) => id),
  );
}

async function assigned(
  { database: { db }, agents }: MaestroDeps,
  rows: readonly TaskRow[],
  { requirements, change, questions }: AmendedRequirements,
  { added, changed, removed, reasons }: Replanned,
): Promise<RevisedPlan> {
  const assignments = assignTasks(added, agents, await readAgentStats(db, agents));
  const byId = new Map(assignments.map((each) => [each.taskId, each]));
  const agentOf = new Map(rows.map(({ id, agent }) => [id, agent]));
  const ids = (tasks: readonly { readonly id: string }[]) => tasks.map(({ id }) => id);
  return {
    ...{ requirements, removed, questions },
    added: added.map((task) => ({
      ...{ task, reasons: reasons[task.id] ?? {} },
      agent: byId.get(task.id)?.agent ?? '',
      score: byId.get(task.id)?.score ?? null,
    })),
    changed: changed.map((task) => ({
      ...{ task, reasons: reasons[task.id] ?? {} },
      ...{ agent: agentOf.get(task.id) ?? '', score: null },
    })),
    change: {
      requirements: change,
      tasks: { added: ids(added), changed: ids(changed), removed: [...removed] },
    },
  };
}

async function factsOf(deps: MaestroDeps, run: Run): Promise<RepositoryFacts> {
  if (run.repository === null || run.baseCommit === null) return readRepositoryFacts(null);
  const mirror = await deps.mirrors.open(run.repository);
  return withSources(mirror, run.baseCommit, readRepositoryFacts);
}

/** Attempts are under way: whichever Maestro is free looks again. */
async function lookAgain({ queues, database }: MaestroDeps, revision: Revision): Promise<void> {
  const { runId } = revision;
  const run = await getRun(database.db, runId);
  await queues.of(run).maestro.add(
    'plan',
    { runId },
    {
      ...jobOptions,
      removeOnComplete: true,
      // Whoever looks in the same second adds the same job.
      jobId: `${planJobId(runId)}-r${revision.revision}-${Math.ceil(Date.now() / patience)}`,
      delay: patience,
    },
  );
}
