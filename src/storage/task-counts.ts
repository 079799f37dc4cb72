import { count, inArray } from 'drizzle-orm';
import type { TaskState } from '../domain/task.ts';
import type { DbOrTx } from './database.ts';
import { tasks } from './schema/index.ts';

export type TaskCounts = Readonly<Record<TaskState, number>>;

/** How many tasks of each run are in each state. */
export async function countTasks(
  db: DbOrTx,
  runIds: readonly string[],
): Promise<Map<string, TaskCounts>> {
  const result = new Map(
    runIds.map((id) => [
      id,
      { waiting: 0, running: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 },
    ]),
  );
  if (runIds.length === 0) return result;
  const rows = await db
    .select({ runId: tasks.runId, state: tasks.state, count: count() })
    .from(tasks)
    .where(inArray(tasks.runId, [...runIds]))
    .groupBy(tasks.runId, tasks.state);
  for (const row of rows) {
    const counts = result.get(row.runId);
    if (counts) counts[row.state] = row.count;
  }
  return result;
}
