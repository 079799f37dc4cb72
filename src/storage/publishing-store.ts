import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import { runs, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/** A task that is over without a merge, while an attempt may still hold the permission to publish one. */
export interface Unpublished {
  readonly repository: string;
  readonly task: Pick<TaskRow, 'runId' | 'id' | 'epoch'>;
  /** The work that was to be published. */
  readonly commit: string;
}

/** Tasks that were cancelled or skipped with a permission to publish out: of one run, or of all. */
export async function listUnpublished(db: DbOrTx, runId?: string): Promise<Unpublished[]> {
  const rows = await db
    .select({ task: tasks, repository: runs.repository })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.runId))
    .where(
      and(
        runId === undefined ? undefined : eq(tasks.runId, runId),
        inArray(tasks.state, ['cancelled', 'skipped']),
        isNotNull(tasks.publishing),
      ),
    );
  return rows.flatMap(({ task, repository }) =>
    task.publishing === null || repository === null
      ? []
      : [{ repository, task, commit: task.publishing.commit }],
  );
}

/** The permission is void in origin too; unless the task has a newer epoch, nothing more is to do. */
export async function clearPublishing(
  db: DbOrTx,
  { runId, id, epoch }: Pick<TaskRow, 'runId' | 'id' | 'epoch'>,
): Promise<void> {
  await db
    .update(tasks)
    .set({ publishing: null })
    .where(and(eq(tasks.runId, runId), eq(tasks.id, id), eq(tasks.epoch, epoch)));
}
