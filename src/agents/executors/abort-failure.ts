import { errorMessage } from '../../domain/errors.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import { AttemptStopped, isOwnFault } from '../attempt-signal.ts';

/**
 * The failure of an attempt whose signal was aborted: `timeout` when the reason says so (ours, or
 * that of `AbortSignal.timeout`), else `cancelled`.
 */
export function abortFailure(reason: unknown): AttemptFailure {
  const words = errorMessage(reason);
  const isTimeout =
    reason instanceof AttemptStopped
      ? isOwnFault(reason.reason)
      : reason instanceof Error && reason.name === 'TimeoutError';
  return isTimeout
    ? { class: 'timeout', message: `The attempt took longer than it may: ${words}` }
    : { class: 'cancelled', message: `The attempt was stopped: ${words}` };
}
