import { and, eq, sql } from 'drizzle-orm';
import { deadlineFailure } from '../domain/deadline.ts';
import { actionsFor } from '../domain/escalation.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import { newId } from '../domain/id.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { attempts, escalations, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';
import { isHeldByNobody } from './worker-store.ts';

/** A task whose deadline has passed, with where its job is. */
export type ExpiredTask = Pick<TaskRow, 'runId' | 'id' | 'agent' | 'assignment'>;

/** Tasks that are expired in one go; the rest follow at once. */
const atOnce = 100;

/**
 * Fails the tasks whose deadlines have passed, whatever they wait for, and asks a person about each;
 * not those that a living worker is at: it stops the attempt itself, and records it.
 *
 * @returns the tasks that failed
 */
export async function expireTasks(db: Db): Promise<ExpiredTask[]> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(tasks)
      .where(
        sql`${tasks.deadlineAt} <= now() AND (${tasks.state} = 'waiting'
              OR (${tasks.state} = 'running' AND ${isHeldByNobody(tasks)}))
            AND EXISTS (SELECT 1 FROM aurora.runs r WHERE r.id = ${tasks.runId}
                         AND r.finished_at IS NULL AND r.abort_requested_at IS NULL)`,
      )
      .limit(atOnce)
      .for('update', { skipLocked: true });
    for (const task of due) await expireTask(tx, task);
    return due.map(({ runId, id, agent, assignment }) => ({ runId, id, agent, assignment }));
  });
}

/**
 * Fails a task that its caller has locked because its deadline has passed, under a new epoch, and opens
 * an escalation. A question of its own that was open is closed by this.
 */
export async function expireTask(tx: DbOrTx, task: TaskRow): Promise<AttemptFailure> {
  const { runId, id: taskId } = task;
  const epoch = task.epoch + 1;
  const failure = deadlineFailure(task.deadlineAt ?? new Date());
  await tx
    .update(attempts)
    .set({ state: 'lost', finishedAt: sql`now()` })
    .where(
      and(eq(attempts.runId, runId), eq(attempts.taskId, taskId), eq(attempts.state, 'running')),
    );
  await tx
    .update(tasks)
    .set({
      ...{ state: 'failed', epoch, failure, finishedAt: sql`now()` },
      ...{ parkedFor: null, parkedAt: null, roomGrantedAt: null, retryAt: null },
    })
    .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)));
  await tx
    .update(escalations)
    .set({
      state: 'resolved',
      answer: { action: 'retry', by: 'the deadline of the task' },
      resolvedAt: sql`now()`,
    })
    .where(
      and(
        eq(escalations.runId, runId),
        eq(escalations.taskId, taskId),
        eq(escalations.state, 'open'),
      ),
    );
  await tx.insert(escalations).values({
    ...{ id: newId('esc'), runId, taskId, epoch },
    question: `Task "${taskId}" has failed: ${failure.message}`,
    options: actionsFor('failure'),
  });
  const { message } = failure;
  await appendMessages(tx, [
    {
      ...{ type: 'TASK_FAILED' as const, runId, taskId, epoch },
      ...{ sender: `agent:${task.agent}`, recipient: 'maestro' },
      payload: { class: 'deadline', message, final: true, retryDelay: null },
    },
    {
      ...{ type: 'ESCALATION_OPENED' as const, runId, taskId, epoch },
      ...{ sender: 'maestro', recipient: 'human' },
      payload: { reason: message },
    },
  ]);
  return failure;
}

/** Milliseconds until the next deadline of an unfinished task; null when none has one to come. */
export async function nextTaskDeadline(db: Db): Promise<number | null> {
  const { rows } = await db.execute<{ left: number | null }>(sql`
    SELECT ceil(extract(epoch FROM min(deadline_at) - clock_timestamp()) * 1000)::float8 AS left
      FROM aurora.tasks WHERE deadline_at IS NOT NULL AND state IN ('waiting', 'running')
       AND deadline_at > clock_timestamp()`);
  return rows[0]?.left ?? null;
}
