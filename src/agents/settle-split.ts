import type { Split } from '../domain/split.ts';
import type { TaskVerdict } from '../queue/agent-worker.ts';
import type { AttemptRecord, Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { Db } from '../storage/database.ts';
import { queueParts } from '../storage/part-queue-store.ts';
import { splitTask } from '../storage/split-store.ts';
import { FencedOut } from './fenced-out.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/**
 * Records that an attempt splits its task.
 *
 * @returns the verdict; or why it cannot be split, for the failure rule
 * @throws FencedOut when the epoch is old
 */
export async function settleSplit(
  deps: TaskRunnerDeps,
  { run, task }: ClaimedTask,
  fence: Fence,
  split: Split,
  record: AttemptRecord,
): Promise<TaskVerdict | { readonly kind: 'refused'; readonly why: string }> {
  const { db } = deps.database;
  const result = await splitTask(db, fence, split, record);
  if (result.kind === 'fenced') throw new FencedOut();
  if (result.kind === 'refused') return result;
  deps.log.info({ parts: result.parts }, 'task split');
  return waitsForParts(db, { ...fence, ...run }, task.parkings > 0);
}

/** The job of a task that was split puts its parts into the queue and waits for them. */
export function waitsForParts(
  db: Db,
  { runId, taskId, generation }: Parameters<typeof queueParts>[1],
  everParked: boolean,
): TaskVerdict {
  return {
    ...{ kind: 'split', everParked },
    withParts: (add) => queueParts(db, { runId, taskId, generation }, add),
  };
}
