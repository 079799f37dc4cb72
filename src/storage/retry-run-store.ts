import { and, eq, inArray, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import type { Db } from './database.ts';
import { appendMessages } from './message-store.ts';
import { comingDeadline } from './escalation-store.ts';
import { getRun, withRunLocked, type Run } from './run-store.ts';
import { escalations, runs, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

export interface RetriedRun {
  readonly run: Run;
  /** Whether it had ended, so that its flow must enter the queue anew. */
  readonly reopened: boolean;
  readonly tasks: readonly Pick<TaskRow, 'id' | 'agent' | 'assignment'>[];
}

/**
 * Has a run go on from where it failed: failed tasks get a fresh set of attempts, and of a run that
 * had ended cancelled ones wait again. Finished work stays. Open questions about these tasks are
 * answered by this. A failed run all of whose tasks are finished only ends anew.
 *
 * @throws AuroraError run-not-found, state-conflict when nothing of it has failed, or when it is being
 *   aborted
 */
export async function retryRun(db: Db, runId: string): Promise<RetriedRun> {
  return withRunLocked(db, runId, async (tx, run) => {
    const reopened = run.finishedAt !== null;
    if (!reopened && run.abortRequestedAt !== null) {
      throw new AuroraError(
        'state-conflict',
        `Run ${runId} is being aborted; retry it when it has ended.`,
      );
    }
    const states = reopened ? (['failed', 'cancelled'] as const) : (['failed'] as const);
    const again = await tx
      .update(tasks)
      .set({
        state: 'waiting',
        failures: 0,
        epoch: sql`${tasks.epoch} + 1`,
        retryAt: null,
        finishedAt: null,
        deadlineAt: comingDeadline,
        // Work that could not be merged all this time may be what is wrong; work that an abort came
        // before only has to be merged.
        workCommit: sql`CASE WHEN ${tasks.state} = 'failed' THEN NULL ELSE ${tasks.workCommit} END`,
      })
      .where(and(eq(tasks.runId, runId), inArray(tasks.state, [...states])))
      .returning({ id: tasks.id, agent: tasks.agent, assignment: tasks.assignment });
    const planned = await tx
      .select({ id: tasks.id })
      .from(tasks)
      .where(eq(tasks.runId, runId))
      .limit(1);
    // A run can fail at its end alone, when its branch has lost what was merged: it only ends anew.
    const endsAnew = reopened && (run.state === 'failed' || planned.length === 0);
    if (again.length === 0 && (run.state === 'done' || !endsAnew)) {
      throw new AuroraError(
        'state-conflict',
        `Nothing of run ${runId} has failed (it is ${run.state}); there is nothing to retry.`,
      );
    }
    await tx
      .update(escalations)
      .set({ state: 'resolved', answer: { action: 'retry' }, resolvedAt: sql`now()` })
      .where(and(eq(escalations.runId, runId), eq(escalations.state, 'open')));
    await tx
      .update(runs)
      .set(
        reopened
          ? {
              state: planned.length === 0 ? 'submitted' : 'planned',
              generation: sql`${runs.generation} + 1`,
              abortRequestedAt: null,
              pausedAt: null,
              error: null,
              finishedAt: null,
              leftQueueAt: null,
              // One that has passed would end it at once.
              deadlineAt: sql`CASE WHEN ${runs.deadlineAt} > now() THEN ${runs.deadlineAt} END`,
            }
          : { state: run.state === 'blocked' ? 'running' : run.state },
      )
      .where(eq(runs.id, runId));
    await appendMessages(tx, [
      {
        ...{ type: 'RUN_RETRIED', runId, sender: 'human', recipient: 'maestro' },
        payload: { tasks: again.length },
      },
    ]);
    return { run: await getRun(tx, runId), reopened, tasks: again };
  });
}
