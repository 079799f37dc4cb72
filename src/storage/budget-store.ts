import { and, eq, isNull, sql } from 'drizzle-orm';
import {
  budgetWarning,
  nothingSpent,
  shareSpent,
  spendText,
  type Budget,
  type Spend,
} from '../domain/budget.ts';
import { AuroraError } from '../domain/errors.ts';
import { actionsFor } from '../domain/escalation.ts';
import { newId } from '../domain/id.ts';
import { addUsage, nothingUsed, type ModelUsage } from '../domain/model-usage.ts';
import type { DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { takePauseTurn } from './pause-turn.ts';
import { getRun, withRunLocked, type Run } from './run-store.ts';
import { escalations, runs, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/**
 * What runs have used: the sum over the records of their attempts, so that an attempt counts once,
 * however it ended, and what planning them took.
 */
export async function readSpend(
  db: DbOrTx,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, Spend>> {
  const { rows } = await db.execute<{ id: string; tokens: number; cost: number }>(sql`
    WITH used (id, usage) AS (
      SELECT run_id, usage FROM aurora.attempts
       WHERE usage IS NOT NULL AND run_id = ANY(${sql.param([...runIds])}::text[])
       UNION ALL
      SELECT id, planning_usage FROM aurora.runs
       WHERE planning_usage IS NOT NULL AND id = ANY(${sql.param([...runIds])}::text[])
    )
    SELECT id,
           sum(coalesce((usage ->> 'inputTokens')::float8, 0)
             + coalesce((usage ->> 'outputTokens')::float8, 0)) AS tokens,
           sum(coalesce((usage ->> 'costUsd')::float8, 0)) AS cost
      FROM used GROUP BY id`);
  return new Map(rows.map(({ id, tokens, cost }) => [id, { tokens, costUsd: cost }]));
}

/** The share of its budget that a run has left, 0 to 1; null without a budget. */
export async function readBudgetLeft(
  tx: DbOrTx,
  { id, budget }: Pick<Run, 'id' | 'budget'>,
): Promise<number | null> {
  if (budget === null) return null;
  return Math.max(0, 1 - shareSpent(budget, await spendOf(tx, id)));
}

async function spendOf(tx: DbOrTx, runId: string): Promise<Spend> {
  return (await readSpend(tx, [runId])).get(runId) ?? nothingSpent;
}

/** Adds what one call for planning a run has used. */
export async function addPlanningUsage(db: DbOrTx, runId: string, used: ModelUsage): Promise<void> {
  await withRunLocked(db, runId, async (tx, { planningUsage }) => {
    const usage = addUsage(planningUsage ?? nothingUsed, used);
    await tx.update(runs).set({ planningUsage: usage }).where(eq(runs.id, runId));
  });
}

/** Why no more may be asked of a model to plan a run; undefined when it may. */
export async function planningRefusal(db: DbOrTx, runId: string): Promise<string | undefined> {
  const run = await getRun(db, runId);
  if (run.abortRequestedAt !== null) return 'The run is to be aborted.';
  return (await readBudgetLeft(db, run)) === 0 ? 'The budget of the run is used up.' : undefined;
}

/**
 * Whether one more attempt of the run may start. If not, the run is paused, and a person asked, in the
 * caller's transaction; from most of the budget on people are warned, once.
 *
 * @param task the one that wants to start; its row is locked
 * @returns asked when this was the moment at which it ran out
 */
export async function checkBudget(
  tx: DbOrTx,
  run: Pick<Run, 'id' | 'budget'>,
  task: Pick<TaskRow, 'id' | 'epoch'>,
): Promise<'within' | 'spent' | 'asked'> {
  if (run.budget === null) return 'within';
  const spent = await spendOf(tx, run.id);
  const share = shareSpent(run.budget, spent);
  if (share < 1) {
    if (share >= budgetWarning) await warn(tx, run.id, share);
    return 'within';
  }
  await takePauseTurn(tx, run.id);
  const { budget, pausedAt } = await getRun(tx, run.id);
  // Somebody has raised it, or was first, meanwhile.
  if (budget === null || shareSpent(budget, spent) < 1) return 'within';
  if (pausedAt !== null) return 'spent';
  await tx
    .update(runs)
    .set({ pausedAt: sql`now()` })
    .where(eq(runs.id, run.id));
  // The question is an instance of its own, whatever else was asked about this task.
  const epoch = task.epoch + 1;
  const attempt = { runId: run.id, taskId: task.id, epoch };
  await tx
    .update(tasks)
    .set({ epoch })
    .where(and(eq(tasks.runId, run.id), eq(tasks.id, task.id)));
  const question = `The run has used up its budget (${spendText(spent, budget)}). Raise it, or abort the run?`;
  await tx.insert(escalations).values({
    ...attempt,
    id: newId('esc'),
    kind: 'budget',
    question,
    options: actionsFor('budget'),
  });
  await appendMessages(tx, [
    { type: 'RUN_PAUSED', runId: run.id, sender: 'maestro', recipient: 'all', payload: {} },
    {
      ...{ ...attempt, type: 'ESCALATION_OPENED', sender: 'maestro', recipient: 'human' },
      payload: { reason: question },
    },
  ]);
  return 'asked';
}

async function warn(tx: DbOrTx, runId: string, share: number): Promise<void> {
  const first = await tx
    .update(runs)
    .set({ budgetWarnedAt: sql`now()` })
    .where(and(eq(runs.id, runId), isNull(runs.budgetWarnedAt)))
    .returning({ id: runs.id });
  if (first.length === 0) return;
  await appendMessages(tx, [
    { type: 'RUN_BUDGET_LOW', runId, sender: 'maestro', recipient: 'all', payload: { share } },
  ]);
}

/**
 * Gives a run another budget and lets it go on; the caller frees its tasks.
 *
 * @throws AuroraError request-invalid when that much is spent already
 */
export async function raiseBudget(tx: DbOrTx, runId: string, budget: Budget): Promise<void> {
  await takePauseTurn(tx, runId);
  const spent = await spendOf(tx, runId);
  if (shareSpent(budget, spent) >= 1) {
    throw new AuroraError(
      'request-invalid',
      `That much is spent already (${spendText(spent, budget)}): name a larger budget for the whole run.`,
    );
  }
  await tx
    .update(runs)
    .set({ budget, budgetWarnedAt: null, pausedAt: null })
    .where(eq(runs.id, runId));
}
