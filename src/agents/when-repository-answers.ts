import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelay } from '../domain/backoff.ts';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { speakForAttempt } from './speak-for-attempt.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/** Milliseconds that work which is done waits within its attempt; another one would do it anew. */
const patience = 15 * 60_000;
/** Milliseconds. */
const backoff = { base: 1_000, max: 30_000 };

/**
 * Saves or merges work that is done, again and again while its repository is away.
 *
 * @throws what the action throws: AuroraError `repository-unavailable` after a quarter of an hour, or
 *   when the attempt has to stop
 */
export async function whenRepositoryAnswers<T>(
  deps: TaskRunnerDeps,
  { run, task }: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      const isAway = error instanceof AuroraError && error.code === 'repository-unavailable';
      if (!isAway || signal.aborted || Date.now() > deadline) throw error;
      if (tries === 1) {
        const stage = `done, and waits for the repository: ${errorMessage(error)}`;
        deps.log.warn({}, stage);
        const speaker = { ...fence, agent: task.agent, projectId: run.projectId };
        await speakForAttempt(deps, speaker, { type: 'TASK_PROGRESS', payload: { stage } });
      }
      // Stopped meanwhile: the next try is the last.
      await sleep(backoffDelay(tries, deps.random(), backoff), undefined, { signal }).catch(
        () => {},
      );
    }
  }
}
