import { AttemptStopped, stopReasonOf } from './attempt-signal.ts';

/**
 * Finished work of an attempt that was told to make room is still merged: that takes moments, and
 * doing it again does not. Not so when the task is somebody else's by now, or nobody wants it.
 */
export function refuseWhenTaken(signal: AbortSignal): void {
  const reason = stopReasonOf(signal);
  if (reason === 'lock-lost') throw new AttemptStopped(reason, 'the lock on the job was lost');
  if (reason === 'aborted') throw new AttemptStopped(reason, 'the run was aborted');
}
