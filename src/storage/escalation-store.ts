import { and, desc, eq, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { escalations, tasks } from './schema/index.ts';

export type Escalation = typeof escalations.$inferSelect;

export async function listEscalations(db: DbOrTx, runId?: string): Promise<Escalation[]> {
  return db
    .select()
    .from(escalations)
    .where(
      runId === undefined
        ? eq(escalations.state, 'open')
        : and(eq(escalations.runId, runId), eq(escalations.state, 'open')),
    )
    .orderBy(desc(escalations.createdAt));
}

/**
 * Answers an escalation exactly once, and changes its task in the same commit: `retry` gives it a
 * fresh set of attempts, `skip` lets its dependants go on without it.
 *
 * @throws AuroraError state-conflict when it is answered already, does not exist, or its task is not
 *   failed any more
 */
export async function resolveEscalation(
  db: Db,
  id: string,
  action: 'retry' | 'skip',
  note?: string,
): Promise<Escalation> {
  return db.transaction(async (tx) => {
    const [escalation] = await tx
      .update(escalations)
      .set({
        state: 'resolved',
        answer: { action, ...(note === undefined ? {} : { note }) },
        resolvedAt: sql`now()`,
      })
      .where(and(eq(escalations.id, id), eq(escalations.state, 'open')))
      .returning();
    if (escalation === undefined) {
      throw new AuroraError(
        'state-conflict',
        `There is no open escalation "${id}": it was answered already, or never opened.`,
      );
    }
    const changed = await tx
      .update(tasks)
      .set(
        action === 'retry'
          ? {
              state: 'waiting',
              failures: 0,
              // Done anew: work that could not be merged all this time may be what is wrong.
              workCommit: null,
              finishedAt: null,
              epoch: sql`${tasks.epoch} + 1`,
            }
          : { state: 'skipped', summary: note ?? null, epoch: sql`${tasks.epoch} + 1` },
      )
      .where(
        and(
          eq(tasks.runId, escalation.runId),
          eq(tasks.id, escalation.taskId),
          eq(tasks.state, 'failed'),
        ),
      )
      .returning({ id: tasks.id });
    if (changed.length === 0) {
      throw new AuroraError(
        'state-conflict',
        `Task "${escalation.taskId}" is not failed any more; there is nothing to answer.`,
      );
    }
    await appendMessages(tx, [
      {
        type: 'ESCALATION_RESOLVED',
        runId: escalation.runId,
        taskId: escalation.taskId,
        sender: 'human',
        recipient: 'maestro',
        payload: { action },
      },
    ]);
    return escalation;
  });
}
