import { and, eq, inArray, isNotNull, isNull, max, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import type { PlanChange } from '../domain/plan-change.ts';
import type { Requirement } from '../domain/requirement.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { takePauseTurn } from './pause-turn.ts';
import { unparkTasks } from './park-store.ts';
import {
  insertLinks,
  insertRequirements,
  insertTasks,
  listRequirements,
  type PlannedTask,
} from './plan-store.ts';
import { markAllReplaced } from './reassignment-store.ts';
import { withRunLocked, type Run } from './run-store.ts';
import {
  deliveries,
  feedback,
  planRevisions,
  requirements,
  runs,
  taskDependencies,
  taskRequirements,
  tasks,
} from './schema/index.ts';
import { skipParts } from './split-store.ts';
import type { TaskRow } from './task-store.ts';

export type Revision = typeof planRevisions.$inferSelect;

/**
 * Records that somebody wants the plan of a run changed. A run under way is paused for it: what runs
 * is finished, nothing new starts, until the plan is changed.
 *
 * @throws AuroraError run-not-found, state-conflict when the run cannot be changed as it is
 */
export async function requestRevision(
  db: Db,
  runId: string,
  asked: { readonly request: string; readonly by: string | null },
): Promise<Revision> {
  return changeInTurn(db, runId, (tx, run) =>
    insertRevision(tx, run, {
      ...asked,
      cause: run.approval === 'pending' ? 'comments' : 'amendment',
    }),
  );
}

/**
 * Records what somebody wants of a run that was locked by {@link changeInTurn}, and pauses it.
 *
 * @throws AuroraError as {@link requestRevision}
 */
export async function insertRevision(
  tx: DbOrTx,
  run: Run,
  asked: Pick<Revision, 'request' | 'by' | 'cause'>,
): Promise<Revision> {
  refuseUnfit(run);
  const { id: runId } = run;
  const [latest] = await tx
    .select({
      revision: max(planRevisions.revision),
      pending: sql<number>`count(*) FILTER (WHERE ${planRevisions.settledAt} IS NULL)::int`,
    })
    .from(planRevisions)
    .where(eq(planRevisions.runId, runId));
  if ((latest?.pending ?? 0) > 0) {
    throw new AuroraError(
      'state-conflict',
      `Run ${runId} is being changed already; wait until what runs of it is finished.`,
    );
  }
  const resumes = run.pausedAt === null && (run.state === 'running' || run.state === 'blocked');
  if (resumes)
    await tx
      .update(runs)
      .set({ pausedAt: sql`now()` })
      .where(eq(runs.id, runId));
  const [revision] = await tx
    .insert(planRevisions)
    .values({ runId, ...asked, resumes, revision: (latest?.revision ?? 1) + 1 })
    .returning();
  return revision as Revision;
}

/** In turn with those who pause and resume the run, and who park its tasks. */
export function changeInTurn<T>(
  db: Db,
  runId: string,
  action: (tx: DbOrTx, run: Run) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await takePauseTurn(tx, runId);
    return withRunLocked(tx, runId, action);
  });
}

function refuseUnfit(run: Run): void {
  const why =
    run.state === 'submitted'
      ? 'not planned yet; try again in a moment'
      : run.state === 'cancelled'
        ? 'cancelled; retry it first'
        : run.abortRequestedAt !== null && run.finishedAt === null
          ? 'being aborted'
          : null;
  if (why === null) return;
  throw new AuroraError('state-conflict', `Run ${run.id} is ${why}.`);
}

/** Changes that are asked for and not made yet, oldest first. */
export async function listPendingRevisions(db: DbOrTx, runId?: string): Promise<Revision[]> {
  return db
    .select()
    .from(planRevisions)
    .where(
      and(
        isNull(planRevisions.settledAt),
        runId === undefined ? undefined : eq(planRevisions.runId, runId),
      ),
    )
    .orderBy(planRevisions.createdAt);
}

/** All changes of a run's plan, oldest first. */
export async function listRevisions(db: DbOrTx, runId: string): Promise<Revision[]> {
  return db
    .select()
    .from(planRevisions)
    .where(eq(planRevisions.runId, runId))
    .orderBy(planRevisions.revision);
}

/** A plan as it is to be after a revision, told as what is different. */
export interface RevisedPlan {
  /** All that hold now. */
  readonly requirements: readonly Requirement[];
  readonly added: readonly PlannedTask[];
  readonly changed: readonly PlannedTask[];
  readonly removed: readonly string[];
  readonly change: PlanChange;
  readonly questions: readonly string[];
}

/**
 * Makes a change of the plan, all of it in one commit. A run that was under way, or had ended, is then
 * to be put into the queue again under a new generation; one that waits for approval goes on waiting.
 *
 * @param seen `task → epoch` of the plan that the revision was made for
 * @returns false when somebody settled it before, or the run has moved on: look again
 */
export async function settleRevision(
  db: Db,
  { runId, revision }: Pick<Revision, 'runId' | 'revision'>,
  seen: ReadonlyMap<string, number>,
  plan: RevisedPlan,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // In the order in which a claim takes its locks: the task, the turn.
    const rows = await tx
      .select()
      .from(tasks)
      .where(eq(tasks.runId, runId))
      .orderBy(tasks.id)
      .for('update');
    await takePauseTurn(tx, runId);
    return withRunLocked(tx, runId, (locked, run) => settle(locked, run, rows));
  });

  async function settle(tx: DbOrTx, run: Run, rows: readonly TaskRow[]): Promise<boolean> {
    const [pending] = await listPendingRevisions(tx, runId);
    const isAsSeen =
      rows.length === seen.size &&
      rows.every(({ id, epoch, state }) => state !== 'running' && seen.get(id) === epoch);
    if (pending?.revision !== revision || !isAsSeen || run.abortRequestedAt !== null) return false;
    await changeRequirements(tx, runId, plan);
    await removeTasks(tx, runId, revision, plan.removed);
    // First: changed tasks may depend on added ones, whose links are among those of the changed.
    const last = Math.max(-1, ...rows.map(({ position }) => position));
    await insertTasks(tx, run, plan.added, last + 1);
    await changeTasks(tx, runId, plan.changed);
    await reopen(tx, run, pending.resumes, plan.questions);
    await tx
      .update(planRevisions)
      .set({ settledAt: sql`now()`, change: plan.change, questions: plan.questions })
      .where(and(eq(planRevisions.runId, runId), eq(planRevisions.revision, revision)));
    await appendMessages(tx, [
      {
        ...{ type: 'RUN_AMENDED', runId, sender: 'human', recipient: 'all' },
        payload: { revision, tasks: plan.added.length + plan.changed.length },
      },
    ]);
    return true;
  }
}

/**
 * Gives a change up: the plan stays as it is, and the run goes on. Feedback that it was to answer is
 * unanswered again, and pull requests are not looked at until somebody has read why.
 */
export async function refuseRevision(
  db: Db,
  { runId, revision }: Pick<Revision, 'runId' | 'revision'>,
  refusal: string,
): Promise<void> {
  await changeInTurn(db, runId, async (tx) => {
    const [settled] = await tx
      .update(planRevisions)
      .set({ settledAt: sql`now()`, refusal })
      .where(
        and(
          eq(planRevisions.runId, runId),
          eq(planRevisions.revision, revision),
          isNull(planRevisions.settledAt),
        ),
      )
      .returning();
    if (settled?.cause === 'feedback') {
      await tx
        .delete(feedback)
        .where(and(eq(feedback.runId, runId), eq(feedback.revision, revision)));
      await tx
        .update(deliveries)
        .set({ lookAt: null, lookProblem: refusal })
        .where(and(eq(deliveries.runId, runId), isNotNull(deliveries.lookAt)));
    }
    if (settled?.resumes !== true) return;
    await tx.update(runs).set({ pausedAt: null }).where(eq(runs.id, runId));
    await unparkTasks(tx, runId, 'resume');
  });
}

async function changeRequirements(
  tx: DbOrTx,
  runId: string,
  { requirements: all, change }: RevisedPlan,
): Promise<void> {
  const before = await listRequirements(tx, runId);
  const { added, changed, withdrawn } = change.requirements;
  const position = Math.max(-1, ...before.map((row) => row.position)) + 1;
  await insertRequirements(
    tx,
    runId,
    all.filter(({ id }) => added.includes(id)),
    position,
  );
  for (const { id, ...said } of all.filter((each) => changed.includes(each.id))) {
    const values = { category: null, thresholds: null, source: null, ...said };
    await tx
      .update(requirements)
      .set(values)
      .where(and(eq(requirements.runId, runId), eq(requirements.id, id)));
  }
  if (withdrawn.length > 0) {
    await tx
      .update(requirements)
      .set({ withdrawnAt: sql`now()` })
      .where(and(eq(requirements.runId, runId), inArray(requirements.id, [...withdrawn])));
  }
}

/** Skipped rather than cancelled: what depends on them may go on without. */
async function removeTasks(
  tx: DbOrTx,
  runId: string,
  revision: number,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await skipParts(tx, runId, ids);
  await tx
    .update(tasks)
    .set({
      ...{ state: 'skipped', parkedFor: null, parkedAt: null, retryAt: null },
      epoch: sql`${tasks.epoch} + 1`,
      summary: `Not needed any more since revision ${revision} of the plan.`,
      finishedAt: sql`now()`,
    })
    .where(and(eq(tasks.runId, runId), inArray(tasks.id, [...ids])));
}

async function changeTasks(
  tx: DbOrTx,
  runId: string,
  changed: readonly PlannedTask[],
): Promise<void> {
  if (changed.length === 0) return;
  const ids = changed.map(({ task }) => task.id);
  for (const link of [taskDependencies, taskRequirements]) {
    await tx.delete(link).where(and(eq(link.runId, runId), inArray(link.taskId, ids)));
  }
  for (const { task } of changed) {
    await tx
      .update(tasks)
      .set({ spec: task, epoch: sql`${tasks.epoch} + 1` })
      .where(and(eq(tasks.runId, runId), eq(tasks.id, task.id)));
  }
  await insertLinks(tx, runId, changed);
}

/** The flow in the queue no longer fits; one of a new generation is to take its place. */
async function reopen(
  tx: DbOrTx,
  run: Run,
  resumes: boolean,
  questions: readonly string[],
): Promise<void> {
  const asked = { questions: [...new Set([...run.questions, ...questions])] };
  const isHeld = run.state === 'planned' && run.generation === 0 && run.flowGeneration === null;
  await tx
    .update(runs)
    .set(
      isHeld
        ? asked
        : {
            ...asked,
            state: 'planned',
            generation: sql`${runs.generation} + 1`,
            error: null,
            finishedAt: null,
            leftQueueAt: null,
            deadlineAt: sql`CASE WHEN ${runs.deadlineAt} > now() THEN ${runs.deadlineAt} END`,
            ...(resumes ? { pausedAt: null } : {}),
          },
    )
    .where(eq(runs.id, run.id));
  if (isHeld) return;
  await markAllReplaced(tx, run.id);
  if (resumes) await unparkTasks(tx, run.id, 'resume');
}

/**
 * Approves the plan of a run that waits for it.
 *
 * @throws AuroraError run-not-found, state-conflict when it waits for no approval
 */
export async function recordApproval(db: Db, runId: string, by: string | null): Promise<void> {
  await withRunLocked(db, runId, async (tx, run) => {
    const pending = await listPendingRevisions(tx, runId);
    if (run.approval !== 'pending' || run.state !== 'planned' || pending.length > 0) {
      const why =
        run.approval === 'approved'
          ? `was approved already${run.approvedBy === null ? '' : ` by ${run.approvedBy}`}`
          : run.approval === null
            ? 'waits for no approval'
            : pending.length > 0
              ? 'is being planned anew; look at the new plan first'
              : `is ${run.state}`;
      throw new AuroraError('state-conflict', `Run ${runId} ${why}.`);
    }
    await tx.update(runs).set({ approval: 'approved', approvedBy: by }).where(eq(runs.id, runId));
    await appendMessages(tx, [
      {
        ...{ type: 'RUN_APPROVED', runId, sender: 'human', recipient: 'maestro' },
        payload: by === null ? {} : { by },
      },
    ]);
  });
}
