/** Why a running attempt is to stop. */
export type StopReason = 'timeout' | 'deadline' | 'released' | 'aborted' | 'lock-lost';

/** Whether an attempt that stops for this reason has failed: it took too long. */
export const isOwnFault = (reason: StopReason): reason is 'timeout' | 'deadline' =>
  reason === 'timeout' || reason === 'deadline';

/** The reason an attempt's signal carries, so that whoever sees it knows what to record. */
export class AttemptStopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason, message: string) {
    super(message);
    // By this name executors tell running out of time from being stopped.
    this.name = isOwnFault(reason) ? 'TimeoutError' : 'AttemptStopped';
    this.reason = reason;
  }
}

/** What was asked of an attempt's signal; undefined while it runs freely. */
export function stopReasonOf(signal: AbortSignal): StopReason | undefined {
  if (!signal.aborted) return undefined;
  // The queue aborts its own signal, with words of its own, when a job's lock is lost.
  return signal.reason instanceof AttemptStopped ? signal.reason.reason : 'lock-lost';
}
