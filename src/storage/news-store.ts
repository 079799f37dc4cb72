import { and, asc, eq, ne, sql } from 'drizzle-orm';
import type { Discovery } from '../domain/agent-message.ts';
import type { PayloadOf } from '../domain/message-kinds.ts';
import type { Fence } from './attempt-store.ts';
import type { DbOrTx } from './database.ts';
import { messages, tasks } from './schema/index.ts';

/** What running attempts are told of what others of their run do. */

/** How much news one look brings at most. */
const newsAtOnce = 100;

/**
 * What others of the run have found out, merged within this attempt's scope, or change as well, since it started, after
 * a message id, oldest first. What was just being written when it started is told rather than missed.
 */
export async function listNews(
  db: DbOrTx,
  { runId, taskId, epoch }: Fence,
  after: number,
): Promise<Discovery[]> {
  const { id, type, payload } = messages;
  const rows = await db
    .select({ id, type, payload, taskId: messages.taskId })
    .from(messages)
    .where(
      and(
        eq(messages.runId, runId),
        sql`${id} > ${after}`,
        sql`${type} IN ('PATTERN_STORE', 'SCOPE_MOVED', 'FILES_SHARED')`,
        sql`(
          (${type} = 'PATTERN_STORE' AND ${messages.taskId} <> ${taskId}
            AND ${messages.createdAt} >= (
              SELECT started_at - interval '5 seconds' FROM aurora.attempts
               WHERE run_id = ${runId} AND task_id = ${taskId} AND epoch = ${epoch}))
          OR (${type} <> 'PATTERN_STORE' AND ${messages.taskId} = ${taskId}
            AND ${messages.epoch} = ${epoch}))`,
      ),
    )
    .orderBy(asc(id))
    .limit(newsAtOnce);
  return rows.map((row) => {
    if (row.type === 'SCOPE_MOVED') return moveOf(row.id, row.payload as PayloadOf<'SCOPE_MOVED'>);
    if (row.type === 'FILES_SHARED') {
      return sharingOf(row.id, row.payload as PayloadOf<'FILES_SHARED'>);
    }
    return findingOf(row.id, row.taskId ?? '', row.payload as PayloadOf<'PATTERN_STORE'>);
  });
}

function findingOf(
  id: number,
  taskId: string,
  { content, tags = [] }: PayloadOf<'PATTERN_STORE'>,
): Discovery {
  return { id, taskId, content, tags };
}

function moveOf(id: number, { by, commit, files }: PayloadOf<'SCOPE_MOVED'>): Discovery {
  const content = `"${by}" was merged as ${commit} and changed files in your scope: ${files.join(', ')}`;
  return { id, taskId: by, content, tags: ['scope-moved'], moved: { commit, files } };
}

function sharingOf(id: number, { with: taskId, files }: PayloadOf<'FILES_SHARED'>): Discovery {
  const content = `"${taskId}" is under way and changes files that you change, too: ${files.join(', ')}`;
  return { id, taskId, content, tags: ['files-shared'], shared: { files } };
}

/** An attempt that is under way, and the files that it may touch. */
export interface RunningScope {
  readonly taskId: string;
  readonly epoch: number;
  readonly agent: string;
  readonly scope: readonly string[];
}

/** The attempts of a run that are under way and bound to files, except one task's. */
export async function listRunningScopes(
  db: DbOrTx,
  runId: string,
  exceptTaskId: string,
): Promise<RunningScope[]> {
  return db
    .select({
      taskId: tasks.id,
      ...{ epoch: tasks.epoch, agent: tasks.agent },
      scope: sql<string[]>`${tasks.spec} -> 'scope'`,
    })
    .from(tasks)
    .where(
      and(
        eq(tasks.runId, runId),
        eq(tasks.state, sql.raw("'running'")),
        ne(tasks.id, exceptTaskId),
        sql`jsonb_array_length(${tasks.spec} -> 'scope') > 0`,
      ),
    );
}
