import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { ReassignmentCause } from '../domain/reassignment.ts';
import { scoreAgent } from './agent-stats-store.ts';
import type { DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { attempts, reassignments, tasks } from './schema/index.ts';

export type Reassignment = typeof reassignments.$inferSelect;

export interface ReassignmentDraft {
  readonly runId: string;
  readonly taskId: string;
  /** Only if the task still has this epoch: of two who decide at once, one does. */
  readonly epoch: number;
  readonly agent: string;
  readonly cause: ReassignmentCause;
  /** One sentence for people. */
  readonly reason: string;
  readonly notes?: string;
  /** Whether it gets a fresh set of attempts and does work anew that was waiting for its merge. */
  readonly fresh: boolean;
}

/**
 * Gives an unfinished task to an agent under a new assignment and a new epoch, in the record; an
 * attempt that is under way is fenced out. Afterwards its job has to be replaced (see
 * `replaceTaskJob`): by whoever calls this, else by the reconciler.
 *
 * @returns false when the epoch is old or the task is finished; then nothing is written
 */
export async function reassignTask(tx: DbOrTx, draft: ReassignmentDraft): Promise<boolean> {
  const { runId, taskId, epoch, agent, cause, reason } = draft;
  return tx.transaction(async (inner) => {
    const [task] = await inner
      .select()
      .from(tasks)
      .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId), eq(tasks.epoch, epoch)))
      .for('update');
    if (task === undefined || ['done', 'skipped', 'cancelled'].includes(task.state)) return false;
    const assignment = task.assignment + 1;
    const score = await scoreAgent(inner, agent);
    await inner
      .update(attempts)
      .set({ state: 'released', finishedAt: sql`now()` })
      .where(
        and(eq(attempts.runId, runId), eq(attempts.taskId, taskId), eq(attempts.state, 'running')),
      );
    await inner
      .update(tasks)
      .set({
        state: 'waiting',
        agent,
        assignment,
        epoch: epoch + 1,
        // Whatever it was parked for: who claims it next finds out anew.
        parkedFor: null,
        parkedAt: null,
        finishedAt: null,
        ...(draft.fresh ? { failures: 0, retryAt: null, workCommit: null } : {}),
      })
      .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)));
    await inner.insert(reassignments).values({
      ...{ runId, taskId, assignment, fromAgent: task.agent, toAgent: agent },
      ...{ cause, reason, notes: draft.notes ?? null, score },
    });
    await appendMessages(inner, [
      {
        ...{ type: 'TASK_REASSIGNED' as const, runId, taskId, epoch: epoch + 1 },
        sender: 'maestro',
        recipient: `agent:${agent}`,
        payload: { from: task.agent, cause, reason },
      },
    ]);
    return true;
  });
}

/** All reassignments of a run, or of some of its tasks, oldest first. */
export async function listReassignments(
  db: DbOrTx,
  runId: string,
  taskIds?: readonly string[],
): Promise<Reassignment[]> {
  return db
    .select()
    .from(reassignments)
    .where(
      and(
        eq(reassignments.runId, runId),
        taskIds === undefined ? undefined : inArray(reassignments.taskId, [...taskIds]),
      ),
    )
    .orderBy(asc(reassignments.taskId), asc(reassignments.assignment));
}

/** Reassignments of a run that the queue is not known to have followed yet, oldest first. */
export async function listPendingReplacements(db: DbOrTx, runId: string): Promise<Reassignment[]> {
  return db
    .select()
    .from(reassignments)
    .where(and(eq(reassignments.runId, runId), isNull(reassignments.replacedAt)))
    .orderBy(asc(reassignments.taskId), asc(reassignments.assignment));
}

/** The queue has followed: nobody needs to look after this reassignment any more. */
export async function markReplaced(
  db: DbOrTx,
  { runId, taskId, assignment }: Pick<Reassignment, 'runId' | 'taskId' | 'assignment'>,
): Promise<void> {
  await db
    .update(reassignments)
    .set({ replacedAt: sql`now()` })
    .where(
      and(
        eq(reassignments.runId, runId),
        eq(reassignments.taskId, taskId),
        eq(reassignments.assignment, assignment),
      ),
    );
}

/** A flow that is built anew has a job for each task's newest assignment: there is nothing to replace. */
export async function markAllReplaced(db: DbOrTx, runId: string): Promise<void> {
  await db
    .update(reassignments)
    .set({ replacedAt: sql`now()` })
    .where(and(eq(reassignments.runId, runId), isNull(reassignments.replacedAt)));
}
