import type { Fence } from '../storage/attempt-store.ts';

/** An attempt that is under way in this process. */
interface RunningAttempt extends Fence {
  readonly stop: AbortController;
  /** When its executor last printed something, in milliseconds since the epoch; 0 before. */
  lastOutput: number;
  /** Whether others may wait for the room that it leaves. */
  isLimited: boolean;
  /** Whether others may let it go first, because of files that it changes or has waited for. */
  isFollowed: boolean;
  /** Tells who follows its files that there may be something to see, while its executor runs. */
  stirred?: () => void;
}

export type RunningAttempts = Map<string, RunningAttempt>;

export const attemptKey = ({ runId, taskId, epoch }: Fence): string =>
  `${runId}/${taskId}/${epoch}`;

/** Those that have printed something within the last `period` milliseconds, and how long ago. */
export function newOutputs(running: RunningAttempts, period: number): (Fence & { age: number })[] {
  const now = Date.now();
  return [...running.values()]
    .filter(({ lastOutput }) => now - lastOutput <= period)
    .map(({ runId, taskId, epoch, lastOutput }) => ({
      ...{ runId, taskId, epoch, age: now - lastOutput },
    }));
}
