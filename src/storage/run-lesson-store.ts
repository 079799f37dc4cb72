import { asc, eq } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import { memories, reflexions } from './schema/index.ts';

/** What the failed attempts of a run taught, oldest first. */
export async function listRunLessons(db: DbOrTx, runId: string) {
  return db
    .select({
      taskId: reflexions.taskId,
      failureReason: reflexions.failureReason,
      improvedApproach: reflexions.improvedApproach,
      trials: memories.trials,
      successes: memories.trialSuccesses,
    })
    .from(reflexions)
    .innerJoin(memories, eq(memories.id, reflexions.memoryId))
    .where(eq(reflexions.runId, runId))
    .orderBy(asc(reflexions.createdAt));
}
