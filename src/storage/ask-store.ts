import { sql } from 'drizzle-orm';
import { newId } from '../domain/id.ts';
import { held, thisAttempt, type AttemptRecord, type Fence } from './attempt-store.ts';
import type { Db } from './database.ts';
import { appendMessages } from './message-store.ts';
import { attempts, escalations, tasks } from './schema/index.ts';

/**
 * Ends an attempt with a question: the task is parked, its work in progress kept for the next
 * attempt, and the question opened, in one commit. It does not count as a failed attempt.
 *
 * @returns false when the epoch is old
 */
export async function askHuman(
  db: Db,
  fence: Fence,
  ask: { readonly question: string; readonly options?: readonly string[] | undefined },
  record: AttemptRecord,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const changed = await tx
      .update(tasks)
      .set({
        state: 'waiting',
        parkedFor: 'answer',
        parkedAt: sql`now()`,
        parkings: sql`${tasks.parkings} + 1`,
        resumeCommit: record.workCommit,
      })
      .where(held(fence))
      .returning({ id: tasks.id });
    if (changed.length === 0) return false;
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
    return true;
  });
}
