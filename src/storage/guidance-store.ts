import { and, asc, eq } from 'drizzle-orm';
import type { Guidance } from '../domain/escalation.ts';
import type { DbOrTx } from './database.ts';
import { listHandedOver } from './handoff-store.ts';
import { escalations } from './schema/index.ts';

/** What people and earlier agents have told a task's attempts. */
export async function readGuidance(db: DbOrTx, runId: string, taskId: string): Promise<Guidance> {
  const rows = await db
    .select({ question: escalations.question, answer: escalations.answer })
    .from(escalations)
    .where(
      and(
        eq(escalations.runId, runId),
        eq(escalations.taskId, taskId),
        eq(escalations.state, 'resolved'),
      ),
    )
    .orderBy(asc(escalations.epoch));
  return {
    handedOver: await listHandedOver(db, runId, taskId),
    answers: rows.flatMap(({ question, answer }) =>
      answer?.action === 'answer' ? [{ question, answer: answer.answer }] : [],
    ),
    advice: rows.flatMap(({ answer }) =>
      answer !== null && 'advice' in answer && answer.advice !== undefined ? [answer.advice] : [],
    ),
  };
}
