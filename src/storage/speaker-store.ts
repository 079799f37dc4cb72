import { and, eq } from 'drizzle-orm';
import type { Fence } from './attempt-store.ts';
import type { DbOrTx } from './database.ts';
import { runs, tasks } from './schema/index.ts';

/** A running attempt that has something to say. */
export interface Speaker extends Fence {
  readonly agent: string;
  readonly projectId: string;
}

/** Who speaks; undefined when the attempt is over. */
export async function findSpeaker(
  db: DbOrTx,
  { runId, taskId, epoch }: Fence,
): Promise<Speaker | undefined> {
  const [row] = await db
    .select({ agent: tasks.agent, projectId: runs.projectId })
    .from(tasks)
    .innerJoin(runs, eq(runs.id, tasks.runId))
    .where(
      and(
        eq(tasks.runId, runId),
        eq(tasks.id, taskId),
        eq(tasks.epoch, epoch),
        eq(tasks.state, 'running'),
      ),
    );
  return row && { runId, taskId, epoch, ...row };
}
