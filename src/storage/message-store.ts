import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import { checkMessage, type Message, type MessageDraft } from '../domain/message.ts';
import type { DbOrTx } from './database.ts';
import { messages } from './schema/index.ts';

/**
 * Appends messages, as the last statement in the transaction of the change that they report. Writers
 * of a run take turns from here to their commit, so that ids become visible in order and a reader who
 * resumes after an id misses nothing. Of several runs everybody takes the turns in the same order.
 *
 * @throws AuroraError message-invalid
 */
export async function appendMessages(tx: DbOrTx, drafts: readonly MessageDraft[]): Promise<void> {
  if (drafts.length === 0) return;
  for (const draft of drafts) refuseInvalid(draft);
  const runIds = [...new Set(drafts.map((draft) => draft.runId))].sort();
  // A row gets its id when it has been joined with the turns, hence after they were taken.
  await tx.execute(sql`
    WITH turns AS MATERIALIZED (
      SELECT count(pg_advisory_xact_lock(hashtextextended(run_id, 0))) AS taken
        FROM unnest(${sql.param(runIds)}::text[]) AS run_id
    )
    INSERT INTO aurora.messages
      (type, run_id, task_id, epoch, sender, recipient, correlation_id, payload)
    SELECT type, "runId", "taskId", epoch, sender, recipient, "correlationId", payload
      FROM turns CROSS JOIN ROWS FROM (
        jsonb_to_recordset(${JSON.stringify(drafts)}::jsonb) AS (
          type text, "runId" text, "taskId" text, epoch int, sender text, recipient text,
          "correlationId" text, payload jsonb)
      ) WITH ORDINALITY AS drafts (
          type, "runId", "taskId", epoch, sender, recipient, "correlationId", payload, place)
     WHERE taken > 0
     ORDER BY place`);
}

/** A run's messages after an id, oldest first: how readers resume. */
export async function listMessages(
  db: DbOrTx,
  runId: string,
  after = 0,
  limit = 1_000,
): Promise<Message[]> {
  const rows = await db
    .select()
    .from(messages)
    .where(and(eq(messages.runId, runId), gt(messages.id, after)))
    .orderBy(asc(messages.id))
    .limit(limit);
  return rows.map(toMessage);
}

/** A row as everybody reads it. */
export function toMessage({
  createdAt,
  heardAt: _heard,
  payload,
  ...row
}: typeof messages.$inferSelect): Message {
  return {
    ...row,
    version: 1,
    timestamp: createdAt.toISOString(),
    payload: payload as Message['payload'],
  };
}

function refuseInvalid(draft: MessageDraft): void {
  const problems = checkMessage(draft);
  if (problems.length === 0) return;
  throw new AuroraError(
    'message-invalid',
    `This ${draft.type} cannot be sent: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    { problems },
  );
}
