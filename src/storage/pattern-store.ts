import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { PayloadOf } from '../domain/message-kinds.ts';
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
