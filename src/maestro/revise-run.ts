import { z } from 'zod';
import { AuroraError } from '../domain/errors.ts';
import { taskSchema } from '../domain/task.ts';
import { planJobId } from '../queue/job-names.ts';
import { jobOptions } from '../queue/run-flow.ts';
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
import { replan } from './planning/replan.ts';
import { readRepositoryFacts, type RepositoryFacts } from './planning/repository-facts.ts';
import { planWithAnswers, revisedPlan } from './revised-plan.ts';
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

/** As it is in the record: what a person asked for, or the tasks that answer feedback and their titles. */
const recordedSchema = z.object({
  request: z.string().optional(),
  change: z.string().optional(),
  answers: z.array(z.object({ task: taskSchema, agent: z.string() })).optional(),
});

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
export function readAmendment({
  request,
}: Pick<Revision, 'request'>): z.infer<typeof recordedSchema> {
  return recordedSchema.parse(JSON.parse(request));
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
  const asked = readAmendment(revision);
  const plan =
    asked.answers === undefined
      ? await replanned(deps, run, rows, asked)
      : await planWithAnswers(deps, runId, rows, asked.answers);
  const seen = new Map(rows.map(({ id, epoch }) => [id, epoch]));
  const made = await settleRevision(db, revision, seen, plan);
  if (made) deps.log.info({ runId, revision: revision.revision, ...plan.change }, 'plan amended');
  return made;
}

/** The plan as it is to be when other requirements hold. */
async function replanned(
  deps: MaestroDeps,
  run: Run,
  rows: readonly TaskRow[],
  asked: Parameters<typeof amended>[2],
): Promise<RevisedPlan> {
  const amendment = await amended(deps, run.id, asked);
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
    run.plannedBy?.planner !== 'model' &&
      (await readSource(deps.database.db, run.id)).kind === 'requirement',
  );
  return revisedPlan(deps, rows, amendment, outcome);
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
