import { setTimeout as sleep } from 'node:timers/promises';
import { backoffDelay } from '../domain/backoff.ts';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { FencedOut } from './fenced-out.ts';
import { speakForAttempt } from './speak-for-attempt.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/** Milliseconds that work which is done waits within its attempt; another one would do it anew. */
const defaultPatience = 15 * 60_000;
/** Milliseconds. */
const backoff = { base: 1_000, max: 30_000 };
/** Characters of git's words that are told; a message takes no more than 2,000, masked. */
const maxStage = 1_000;
/** What others mend, and not the task. */
const passing: readonly string[] = ['repository-unavailable', 'disk-full'];

/** Saves or merges work that is done, while its attempt tells that it waits. As {@link untilHandedOver}. @throws FencedOut when the epoch is old */
export function whenRepositoryAnswers<T>(
  deps: TaskRunnerDeps,
  { run, task }: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  const tell = async (why: string) => {
    const stage = `done, and waits to be saved or merged: ${why}`;
    deps.log.warn({}, stage);
    const speaker = { ...fence, agent: task.agent, projectId: run.projectId };
    const payload = { stage: stage.slice(0, maxStage) };
    await speakForAttempt(deps, speaker, { type: 'TASK_PROGRESS', payload }).catch(
      (error: unknown) => {
        if (error instanceof FencedOut) throw error;
        // The work is worth more than the word that it waits; the database may be away as well.
        deps.log.warn({ err: error }, 'that work waits could not be told');
      },
    );
  };
  return untilHandedOver(action, { signal, random: deps.random, tell });
}

/**
 * Tries again and again while the repository is away or a disk is full.
 *
 * @param options.patience milliseconds since the first such error; a quarter of an hour when not given
 * @throws what the action throws; after that time AuroraError `git-failed`, which counts as an attempt:
 *   each further one would do the work anew, and must not be for nothing all day
 */
export async function untilHandedOver<T>(
  action: () => Promise<T>,
  options: {
    readonly signal: AbortSignal;
    readonly random: () => number;
    readonly tell: (why: string) => Promise<void>;
    readonly patience?: number;
  },
): Promise<T> {
  const { signal, random, tell, patience = defaultPatience } = options;
  let deadline: number | undefined;
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof AuroraError) || !passing.includes(error.code)) throw error;
      if (signal.aborted) throw error;
      // The action may have worked for longer than that before it met anything.
      deadline ??= Date.now() + patience;
      if (Date.now() >= deadline) {
        const why = `The work is done and could not be handed over for ${patience / 60_000} minutes`;
        throw new AuroraError('git-failed', `${why}: ${error.message}`, { cause: error });
      }
      if (tries === 1) await tell(errorMessage(error));
      // Stopped meanwhile: the next try is the last.
      const delay = backoffDelay(tries, random(), backoff);
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
  }
}
