import { moveWork } from '../git/move-work.ts';
import { clearPublishing, listUnpublished } from '../storage/publishing-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Keeps attempts whose task was cancelled or skipped, and which have been asleep since they were
 * allowed to publish, from publishing. Their work stays in origin, under a ref that is nobody's. A
 * repository that is away does not stop the run from ending; the reconciler tries again.
 *
 * @param runId only that run's; all when not given
 */
export async function voidPublications(
  { database, mirrors, log }: MaestroDeps,
  runId?: string,
): Promise<void> {
  for (const { repository, task, commit } of await listUnpublished(database.db, runId)) {
    const key = { runId: task.runId, taskId: task.id, epoch: task.epoch };
    try {
      await moveWork(await mirrors.open(repository), commit, key);
      await clearPublishing(database.db, task);
    } catch (error) {
      log.warn({ err: error, ...key }, 'a merge could not be ruled out yet; it is tried again');
    }
  }
}
