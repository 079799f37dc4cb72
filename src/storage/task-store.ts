import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import { releasingTaskStates } from '../domain/task.ts';
import type { DbOrTx } from './database.ts';
import { attempts, taskDependencies, tasks } from './schema/index.ts';

export type TaskRow = typeof tasks.$inferSelect;
export type AttemptRow = typeof attempts.$inferSelect;

/** A run's tasks in the order of the plan. */
export async function listTasks(db: DbOrTx, runId: string): Promise<TaskRow[]> {
  return db.select().from(tasks).where(eq(tasks.runId, runId)).orderBy(asc(tasks.position));
}

/** @throws AuroraError task-not-found */
export async function getTask(db: DbOrTx, runId: string, taskId: string): Promise<TaskRow> {
  const [task] = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)));
  if (task === undefined) {
    throw new AuroraError('task-not-found', `Run ${runId} has no task "${taskId}".`);
  }
  return task;
}

/** Those dependencies of a task that do not hold it back any more. */
export async function listReleasedDependencies(
  db: DbOrTx,
  runId: string,
  taskId: string,
): Promise<string[]> {
  const rows = await db
    .select({ id: tasks.id })
    .from(taskDependencies)
    .innerJoin(
      tasks,
      and(eq(tasks.runId, taskDependencies.runId), eq(tasks.id, taskDependencies.dependsOn)),
    )
    .where(
      and(
        eq(taskDependencies.runId, runId),
        eq(taskDependencies.taskId, taskId),
        inArray(tasks.state, [...releasingTaskStates]),
      ),
    );
  return rows.map((row) => row.id);
}

/** Those of the given tasks that are finished: what depends on them may start. */
export async function listFinished(
  db: DbOrTx,
  runId: string,
  taskIds: readonly string[],
): Promise<string[]> {
  const rows = await db
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      and(
        eq(tasks.runId, runId),
        // One parameter, however many there are.
        sql`${tasks.id} = ANY(${sql.param([...new Set(taskIds)])}::text[])`,
        inArray(tasks.state, ['done', 'skipped', 'cancelled']),
      ),
    );
  return rows.map((row) => row.id);
}

/** The merge commits of a run's finished tasks, in no order. */
export async function listMerges(db: DbOrTx, runId: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ commit: tasks.mergeCommit })
    .from(tasks)
    .where(and(eq(tasks.runId, runId), isNotNull(tasks.mergeCommit)));
  return rows.flatMap(({ commit }) => commit ?? []);
}

/** Where the tasks of some runs are: agents that have any, and tasks that have finally failed. */
export async function surveyTasks(
  db: DbOrTx,
  runIds: readonly string[],
): Promise<{ agents: string[]; failed: Pick<TaskRow, 'runId' | 'id'>[] }> {
  if (runIds.length === 0) return { agents: [], failed: [] };
  const ofRuns = inArray(tasks.runId, [...runIds]);
  const agents = await db.selectDistinct({ agent: tasks.agent }).from(tasks).where(ofRuns);
  const failed = await db
    .select({ runId: tasks.runId, id: tasks.id })
    .from(tasks)
    .where(and(ofRuns, eq(tasks.state, 'failed')));
  return { agents: agents.map(({ agent }) => agent), failed };
}

/** All attempts of a run, or of some of its tasks, oldest first. */
export async function listAttempts(
  db: DbOrTx,
  runId: string,
  taskIds?: readonly string[],
): Promise<AttemptRow[]> {
  return db
    .select()
    .from(attempts)
    .where(
      taskIds === undefined
        ? eq(attempts.runId, runId)
        : and(eq(attempts.runId, runId), inArray(attempts.taskId, [...taskIds])),
    )
    .orderBy(asc(attempts.taskId), asc(attempts.epoch));
}
