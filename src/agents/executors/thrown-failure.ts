import { AuroraError, errorMessage } from '../../domain/errors.ts';
import type { AttemptFailure, FailureClass } from '../../domain/failure.ts';
import { rateLimitOf } from '../../domain/rate-limit.ts';
import { isTransientCode } from '../../domain/transient-codes.ts';
import { maskSecrets, storable } from '../output-tail.ts';

/**
 * What an error that an agent's function threw means. A rate limit is one that a server named (status
 * 429, or a `Retry-After`); then its own word counts: `retryable: true` (transient) or `false`
 * (permanent); then `code`. All of it also of its cause.
 */
export function thrownFailure(error: unknown, secrets: readonly string[]): AttemptFailure {
  const said = storable(maskSecrets(errorMessage(error), secrets)).slice(0, 4_000);
  const message = said || 'The function threw an empty error.';
  const limit = rateLimitOf(error);
  return limit === undefined
    ? { class: classify(error), message }
    : { class: 'rate-limited', message, ...limit };
}

function classify(error: unknown): FailureClass {
  if (typeof error !== 'object' || error === null) return 'error';
  const { retryable, code, cause } = error as Record<string, unknown>;
  if (retryable === true) return 'transient';
  if (retryable === false) return 'permanent';
  if (error instanceof AuroraError && error.kind === 'unavailable') return 'transient';
  if (isTransientCode(code)) return 'transient';
  // fetch throws a TypeError that says "fetch failed" and keeps the reason in its cause.
  return cause === undefined || cause === error ? 'error' : classify(cause);
}
