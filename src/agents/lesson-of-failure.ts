import { blamelessFailureClasses, type AttemptFailure } from '../domain/failure.ts';
import type { ReflexionInput } from '../domain/memory.ts';
import { deriveReflexion } from '../memory/derive-reflexion.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { ExecutorResult } from './executor.ts';

/** What a failed attempt teaches the next ones; null when it was not to blame for its failure. */
export function lessonOfFailure(
  { run, task, attempt }: Pick<ClaimedTask, 'run' | 'task' | 'attempt'>,
  failure: AttemptFailure,
  words: ExecutorResult,
): ReflexionInput | null {
  if (blamelessFailureClasses.includes(failure.class)) return null;
  const { tags, ...reflexion } = deriveReflexion({
    task: task.spec,
    failure,
    executorReflexion: words.reflexion,
    summary: words.summary,
  });
  return {
    ...reflexion,
    tags: [...tags],
    projectId: run.projectId,
    runId: run.id,
    taskId: task.id,
    attempt,
    errorClass: failure.class,
    ...(task.spec.role === undefined ? {} : { role: task.spec.role }),
  };
}
