import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Discovery } from '../domain/agent-message.ts';
import type { PayloadOf } from '../domain/message-kinds.ts';
import type { Fence } from './attempt-store.ts';
import type { DbOrTx } from './database.ts';
import { messages, runs } from './schema/index.ts';

/** What agents found out: their PATTERN_STORE messages, which memory and other agents read. */

/** A finding that memory has not taken in yet. */
export interface UnheardPattern {
  readonly messageId: number;
  readonly runId: string;
  readonly taskId: string | null;
  readonly projectId: string;
  readonly content: string;
  readonly tags: readonly string[];
}

const isPattern = eq(messages.type, sql.raw("'PATTERN_STORE'"));
const patternOf = (payload: unknown) => payload as PayloadOf<'PATTERN_STORE'>;

/** Findings that memory has not taken in, oldest first: of one run, or of all. */
export async function listUnheardPatterns(
  db: DbOrTx,
  limit: number,
  runId?: string,
): Promise<UnheardPattern[]> {
  const rows = await db
    .select({ message: messages, projectId: runs.projectId })
    .from(messages)
    .innerJoin(runs, eq(runs.id, messages.runId))
    .where(
      and(
        isPattern,
        isNull(messages.heardAt),
        runId === undefined ? undefined : eq(messages.runId, runId),
      ),
    )
    .orderBy(asc(messages.id))
    .limit(limit);
  return rows.map(({ message, projectId }) => {
    const { content, tags = [] } = patternOf(message.payload);
    const { id: messageId, runId: ofRun, taskId } = message;
    return { messageId, runId: ofRun, taskId, projectId, content, tags };
  });
}

/** Memory has taken it in. */
export async function markPatternHeard(db: DbOrTx, messageId: number): Promise<void> {
  await db
    .update(messages)
    .set({ heardAt: sql`now()` })
    .where(eq(messages.id, messageId));
}

/** How many findings one look brings at most. */
const discoveriesAtOnce = 100;

/**
 * What others of the run have found out since the attempt started, after a message id, oldest first.
 * Findings that were just being written when it started are told rather than missed.
 */
export async function listDiscoveries(
  db: DbOrTx,
  { runId, taskId, epoch }: Fence,
  after: number,
): Promise<Discovery[]> {
  const rows = await db
    .select({ id: messages.id, taskId: messages.taskId, payload: messages.payload })
    .from(messages)
    .where(
      and(
        isPattern,
        eq(messages.runId, runId),
        sql`${messages.id} > ${after}`,
        sql`${messages.taskId} <> ${taskId}`,
        sql`${messages.createdAt} >= (
          SELECT started_at - interval '5 seconds' FROM aurora.attempts
           WHERE run_id = ${runId} AND task_id = ${taskId} AND epoch = ${epoch})`,
      ),
    )
    .orderBy(asc(messages.id))
    .limit(discoveriesAtOnce);
  return rows.map((row) => {
    const { content, tags = [] } = patternOf(row.payload);
    return { id: row.id, taskId: row.taskId ?? '', content, tags };
  });
}
