import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import { checkMessage, type Message, type MessageDraft } from '../domain/message.ts';
import type { DbOrTx } from './database.ts';
import { messages } from './schema/index.ts';

/**
 * Appends messages of one run, as the last statement in the transaction of the change that they
 * report. Writers of a run take turns from here to their commit, so that ids become visible in
 * order and a reader who resumes after an id misses nothing.
 *
 * @throws AuroraError message-invalid
 */
export async function appendMessages(tx: DbOrTx, drafts: readonly MessageDraft[]): Promise<void> {
  const runId = drafts[0]?.runId;
  if (runId === undefined) return;
  for (const draft of drafts) refuseInvalid(draft);
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${runId}, 0))`);
  await tx.insert(messages).values(
    drafts.map(({ taskId = null, epoch = null, correlationId = null, ...rest }) => ({
      ...rest,
      taskId,
      epoch,
      correlationId,
    })),
  );
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
