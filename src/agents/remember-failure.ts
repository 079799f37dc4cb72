import type { AttemptFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import { deriveReflexion } from '../memory/derive-reflexion.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { ExecutorResult } from './executor.ts';

/**
 * Turns a failed attempt into a reflexion that the next attempts receive. Memory that is away costs
 * the lesson, not the task.
 */
export async function rememberFailure(
  { memory, log }: { readonly memory: MemoryCoordinator; readonly log: Logger },
  { run, task, attempt }: ClaimedTask,
  failure: AttemptFailure,
  words: ExecutorResult,
): Promise<void> {
  const { tags, ...reflexion } = deriveReflexion({
    task: task.spec,
    failure,
    executorReflexion: words.reflexion,
    summary: words.summary,
  });
  try {
    await memory.storeReflexion({
      ...reflexion,
      tags: [...tags],
      projectId: run.projectId,
      runId: run.id,
      taskId: task.id,
      attempt,
      errorClass: failure.class,
      ...(task.spec.role === undefined ? {} : { role: task.spec.role }),
    });
  } catch (error) {
    log.warn({ err: error }, 'the lesson of a failed attempt could not be stored');
  }
}
