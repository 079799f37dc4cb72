import { eq } from 'drizzle-orm';
import type { Db, DbOrTx } from './database.ts';
import { changeInTurn, insertRevision, type Revision } from './revision-store.ts';
import { feedback, tasks } from './schema/index.ts';

export type FeedbackRow = typeof feedback.$inferSelect;

/** Which review comments and failed checks of a run have become tasks. */
export async function listFeedback(db: DbOrTx, runId: string): Promise<FeedbackRow[]> {
  return db.select().from(feedback).where(eq(feedback.runId, runId));
}

/**
 * Asks for a change of the plan that answers feedback, and notes which, in one commit: who asks at the
 * same time finds it noted.
 *
 * @param build what is still to be answered, given what is and the ids of the run's tasks; undefined: nothing
 * @returns undefined when nothing is
 * @throws AuroraError run-not-found, state-conflict when the run cannot be changed as it is
 */
export async function requestAnswers(
  db: Db,
  runId: string,
  build: (
    known: readonly FeedbackRow[],
    taken: ReadonlySet<string>,
  ) =>
    | {
        readonly request: string;
        readonly by: string | null;
        readonly answered: readonly Omit<FeedbackRow, 'runId' | 'revision'>[];
      }
    | undefined,
): Promise<Revision | undefined> {
  return changeInTurn(db, runId, async (tx, run) => {
    const rows = await tx.select({ id: tasks.id }).from(tasks).where(eq(tasks.runId, runId));
    const built = build(await listFeedback(tx, runId), new Set(rows.map(({ id }) => id)));
    if (built === undefined) return undefined;
    const { answered, ...asked } = built;
    const revision = await insertRevision(tx, run, { ...asked, cause: 'feedback' });
    await tx
      .insert(feedback)
      .values(answered.map((row) => ({ ...row, runId, revision: revision.revision })));
    return revision;
  });
}
