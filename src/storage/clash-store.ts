import { and, desc, eq, inArray, not, sql } from 'drizzle-orm';
import type { FailureClass } from '../domain/failure.ts';
import type { RecordedClash } from '../domain/merge-clash.ts';
import type { DbOrTx } from './database.ts';
import { attempts, tasks } from './schema/index.ts';

/** Failures that say nothing of how far a task has come. */
const passing: readonly FailureClass[] = ['transient', 'unavailable', 'cancelled'];

/**
 * The clash with which a task's last attempt ended. One that ended so while it settled an earlier clash
 * leaves nothing to settle: the next attempt starts afresh.
 */
export async function findOpenClash(
  db: DbOrTx,
  runId: string,
  taskId: string,
): Promise<RecordedClash | null> {
  const found = await findLastClash(db, runId, taskId);
  return found?.mergeOf === null ? found.clash : null;
}

/** The same, whether or not it was to be settled before. */
export async function findLastClash(
  db: DbOrTx,
  runId: string,
  taskId: string,
): Promise<{ readonly clash: RecordedClash; readonly mergeOf: string | null } | null> {
  const [last] = await db
    .select({
      failure: attempts.failure,
      workCommit: attempts.workCommit,
      summary: attempts.summary,
      mergeOf: attempts.mergeOf,
    })
    .from(attempts)
    .where(
      and(
        eq(attempts.runId, runId),
        eq(attempts.taskId, taskId),
        eq(attempts.state, 'failed'),
        not(inArray(sql`${attempts.failure} ->> 'class'`, [...passing])),
        // What was written before the task was split is its parts' to do.
        sql`NOT EXISTS (SELECT 1 FROM aurora.tasks part
             WHERE part.run_id = ${runId} AND part.parent_id = ${taskId}
               AND part.finished_at > ${attempts.startedAt})`,
      ),
    )
    .orderBy(desc(attempts.epoch))
    .limit(1);
  const failure = last?.failure ?? undefined;
  if (failure?.clash === undefined || !last?.workCommit) return null;
  const { message, evidence = '', clash } = failure;
  const ids = [taskId, ...clash.others.map((other) => other.taskId)];
  const rows = await db
    .select({ id: tasks.id, spec: tasks.spec, summary: tasks.summary })
    .from(tasks)
    .where(and(eq(tasks.runId, runId), inArray(tasks.id, ids)));
  const side = (id: string, commit: string) => {
    const row = rows.find((each) => each.id === id);
    const { title = id, prompt = '' } = row?.spec ?? {};
    return { taskId: id, commit, title, prompt, summary: row?.summary ?? null };
  };
  const others = clash.others.map((other) => side(other.taskId, other.commit));
  const own = { ...side(taskId, last.workCommit), summary: last.summary };
  return { clash: { ...clash, message, evidence, own, others }, mergeOf: last.mergeOf };
}
