import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import { openRunStates } from '../domain/run.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { unparkTasks, type UnparkedTask } from './park-store.ts';
import { takePauseTurn } from './pause-turn.ts';
import { getRun, runColumns, type Run } from './run-store.ts';
import { escalations, runs } from './schema/index.ts';

/** Whether the run is paused; when it is, it stays so until the transaction ends. */
export async function isPaused(tx: DbOrTx, run: Pick<Run, 'id' | 'pausedAt'>): Promise<boolean> {
  if (run.pausedAt === null) return false;
  await takePauseTurn(tx, run.id);
  return (await getRun(tx, run.id)).pausedAt !== null;
}

/**
 * Pauses a run: whoever claims one of its tasks from here on parks it instead. Pausing a paused run
 * changes nothing.
 *
 * @throws AuroraError run-not-found, state-conflict when the run is finished or to be aborted
 */
export async function pauseRun(db: Db, runId: string): Promise<Run> {
  return db.transaction(async (tx) => {
    await takePauseTurn(tx, runId);
    const [run] = await tx
      .update(runs)
      .set({ pausedAt: sql`now()` })
      .where(
        and(
          eq(runs.id, runId),
          inArray(runs.state, [...openRunStates]),
          isNull(runs.abortRequestedAt),
          isNull(runs.pausedAt),
        ),
      )
      .returning(runColumns);
    if (run !== undefined) {
      await appendMessages(tx, [
        { type: 'RUN_PAUSED', runId, sender: 'maestro', recipient: 'all', payload: {} },
      ]);
      return run;
    }
    const existing = await getRun(tx, runId);
    if (existing.pausedAt !== null && existing.finishedAt === null) return existing;
    const state = existing.abortRequestedAt === null ? existing.state : 'being aborted';
    throw new AuroraError('state-conflict', `Run ${runId} is ${state}; there is nothing to pause.`);
  });
}

/**
 * Lets a paused run go on.
 *
 * @returns the run, and the tasks whose gates are to be opened
 * @throws AuroraError run-not-found; state-conflict when the run is not paused, or must not go on
 *   before its budget is raised
 */
export async function resumeRun(
  db: Db,
  runId: string,
): Promise<{ run: Run; unparked: UnparkedTask[] }> {
  return db.transaction(async (tx) => {
    await takePauseTurn(tx, runId);
    const [run] = await tx
      .update(runs)
      .set({ pausedAt: null })
      .where(
        and(eq(runs.id, runId), inArray(runs.state, [...openRunStates]), isNotNull(runs.pausedAt)),
      )
      .returning(runColumns);
    if (run === undefined) {
      const existing = await getRun(tx, runId);
      throw new AuroraError(
        'state-conflict',
        `Run ${runId} is ${existing.state} and not paused; there is nothing to resume.`,
      );
    }
    await refuseSpent(tx, runId);
    const unparked = await unparkTasks(tx, runId, 'resume');
    await appendMessages(tx, [
      { type: 'RUN_RESUMED', runId, sender: 'maestro', recipient: 'all', payload: {} },
    ]);
    return { run, unparked };
  });
}

/** It would be paused again at once. */
async function refuseSpent(tx: DbOrTx, runId: string): Promise<void> {
  const [open] = await tx
    .select({ id: escalations.id })
    .from(escalations)
    .where(
      and(
        eq(escalations.runId, runId),
        eq(escalations.kind, 'budget'),
        eq(escalations.state, 'open'),
      ),
    );
  if (open === undefined) return;
  throw new AuroraError(
    'state-conflict',
    `Run ${runId} has used up its budget: raise it with \`aurora escalations raise ${open.id}\`.`,
  );
}
