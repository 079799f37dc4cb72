import { isWithin } from '../domain/scope-overlap.ts';
import { noteAttempt, type Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { listRunningScopes } from '../storage/news-store.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/** Files that one message names. */
const maxFiles = 100;

/**
 * Tells the attempts of a run that are under way which files of their scope a merge has changed, while
 * they can still heed it. A hint: when this worker dies before it is told, they find out as they merge.
 */
export async function tellScopes(
  { database, lines, notify, log }: TaskRunnerDeps,
  { run, task }: Pick<ClaimedTask, 'run' | 'task'>,
  mergeCommit: string | null,
  files: readonly string[] | null,
): Promise<void> {
  if (mergeCommit === null || files === null) return;
  try {
    const others = await listRunningScopes(database.db, run.id, task.id);
    if (others.length === 0) return;
    const told = await Promise.all(
      others.map(async ({ taskId, epoch, agent, scope }) => {
        const within = files.filter((file) => isWithin(scope, file));
        if (within.length === 0) return false;
        const fence: Fence = { runId: run.id, taskId, epoch };
        const payload = { by: task.id, commit: mergeCommit, files: within.slice(0, maxFiles) };
        const parties = { sender: `agent:${task.agent}`, recipient: `agent:${agent}` };
        const message = { ...fence, ...parties, type: 'SCOPE_MOVED' as const, payload };
        return noteAttempt(database.db, fence, {}, [message]);
      }),
    );
    if (!told.includes(true)) return;
    lines.discoveries.tell(run.id);
    notify(run.id);
  } catch (error) {
    log.warn({ err: error }, 'attempts could not be told that files in their scope moved');
  }
}
