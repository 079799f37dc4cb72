import { and, count, eq, sql } from 'drizzle-orm';
import { newId } from '../domain/id.ts';
import { held, thisAttempt, type AttemptRecord, type Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { attempts, escalations, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/**
 * Ends an attempt with a question: the task is parked, its work in progress kept for the next
 * attempt, and the question opened, in one commit. It does not count as a failed attempt.
 *
 * @param maxQuestions how often an agent may ask about a task, since a person last decided about a
 *   failure of it
 * @returns refused when it has asked that often: nothing is written
 */
export async function askHuman(
  db: Db,
  fence: Fence,
  ask: { readonly question: string; readonly options?: readonly string[] | undefined },
  record: AttemptRecord,
  maxQuestions: number,
): Promise<'asked' | 'refused' | 'fenced'> {
  return db.transaction(async (tx) => {
    const [task] = await tx.select().from(tasks).where(held(fence)).for('update');
    if (task === undefined) return 'fenced';
    if ((await countQuestions(tx, task)) >= maxQuestions) return 'refused';
    await tx
      .update(tasks)
      .set({
        state: 'waiting',
        parkedFor: 'answer',
        parkedAt: sql`now()`,
        parkings: sql`${tasks.parkings} + 1`,
        resumeCommit: record.workCommit,
      })
      .where(held(fence));
    await tx
      .update(attempts)
      .set({ ...record, state: 'asked', finishedAt: sql`now()` })
      .where(thisAttempt(fence));
    await tx.insert(escalations).values({
      ...fence,
      id: newId('esc'),
      kind: 'question',
      question: ask.question,
      options: ask.options ?? [],
    });
    await appendMessages(tx, [
      {
        ...fence,
        type: 'ESCALATION_OPENED',
        sender: 'maestro',
        recipient: 'human',
        payload: { reason: ask.question },
      },
    ]);
    return 'asked';
  });
}

/** How often its agent has asked about a task since a person last decided about a failure of it. */
async function countQuestions(tx: DbOrTx, { runId, id, agent }: TaskRow): Promise<number> {
  const [row] = await tx
    .select({ n: count() })
    .from(attempts)
    .where(
      and(
        eq(attempts.runId, runId),
        eq(attempts.taskId, id),
        eq(attempts.agent, agent),
        eq(attempts.state, 'asked'),
        sql`${attempts.startedAt} > coalesce((SELECT max(resolved_at) FROM ${escalations}
              WHERE run_id = ${runId} AND task_id = ${id} AND kind <> 'question'), '-infinity')`,
      ),
    );
  return row?.n ?? 0;
}
