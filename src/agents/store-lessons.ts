import { AuroraError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { Database } from '../storage/database.ts';
import { clearDueLesson, listDueLessons } from '../storage/memory-due-store.ts';

/** How many lessons are taken in at once. */
const batch = 50;

/**
 * Has memory take in what failed attempts taught. Lessons are in the record with the failure itself, so
 * none is lost or comes from an attempt that had lost its task; when this dies half-way it is done
 * again, and the same lesson of a task is kept once. Memory that is away delays a lesson, it costs no
 * task.
 *
 * @param task whose lessons are wanted now; those of all when not given
 */
export async function storeLessons(
  deps: { readonly memory: MemoryCoordinator; readonly database: Database; readonly log: Logger },
  task?: Pick<Fence, 'runId' | 'taskId'>,
): Promise<void> {
  const { db } = deps.database;
  try {
    for (const { fence, reflexion } of await listDueLessons(db, batch, task)) {
      try {
        await deps.memory.storeReflexion(reflexion);
      } catch (error) {
        // What memory refuses once it refuses for ever.
        if (!(error instanceof AuroraError) || error.kind !== 'input') throw error;
        deps.log.warn({ err: error, ...fence }, 'memory refused the lesson of a failed attempt');
      }
      await clearDueLesson(db, fence);
    }
  } catch (error) {
    deps.log.warn({ err: error, ...task }, 'lessons of failed attempts wait for memory');
  }
}
