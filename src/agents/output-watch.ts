import ms from 'ms';
import { idleTimeoutOf, type Agent } from '../domain/agent.ts';
import type { Task } from '../domain/task.ts';
import type { Fence } from '../storage/attempt-store.ts';
import { AttemptStopped } from './attempt-signal.ts';
import { attemptKey } from './running-attempts.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/** Watches the output of an attempt's executor, and stops it when it is silent for too long. */
export interface OutputWatch {
  /** Aborted with the attempt, and after the idle timeout without a word. */
  readonly signal: AbortSignal;
  readonly onOutput: (chunk: string) => void;
  /** Something else than output has shown that it goes on. */
  readonly heard: () => void;
  readonly close: () => void;
}

/** @param signal of the attempt */
export function watchOutput(
  { running, log }: Pick<TaskRunnerDeps, 'running' | 'log'>,
  agent: Agent,
  task: Pick<Task, 'idleTimeout'>,
  fence: Fence,
  signal: AbortSignal,
): OutputWatch {
  const attempt = running.get(attemptKey(fence));
  const silence = watchSilence(signal, idleTimeoutOf(agent, task));
  return {
    ...silence,
    onOutput(chunk) {
      silence.heard();
      if (attempt !== undefined) attempt.lastOutput = Date.now();
      log.debug({ chunk }, 'output');
    },
  };
}

/** @param idleTimeout milliseconds; null watches nothing */
function watchSilence(
  signal: AbortSignal,
  idleTimeout: number | null,
): Omit<OutputWatch, 'onOutput'> {
  if (idleTimeout === null) return { signal, heard: () => undefined, close: () => undefined };
  const silent = new AbortController();
  const reason = `it printed nothing for ${ms(idleTimeout, { long: true })}`;
  const timer = setTimeout(
    () => silent.abort(new AttemptStopped('timeout', reason)),
    Math.min(idleTimeout, 2 ** 31 - 1),
  );
  return {
    signal: AbortSignal.any([signal, silent.signal]),
    heard: () => void timer.refresh(),
    close: () => clearTimeout(timer),
  };
}
