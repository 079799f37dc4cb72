import { errorMessage } from '../domain/errors.ts';
import type { AttemptFailure, FailureClass } from '../domain/failure.ts';
import { rateLimitOf } from '../domain/rate-limit.ts';
import { isTransientCode } from '../domain/transient-codes.ts';

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/**
 * What an error of the AI SDK means for the work that it stopped. Read by the names and fields that
 * the SDK documents, so that nothing of it is loaded for it.
 *
 * @param key the key in use; wherever a server repeats it, it is blotted out
 */
export function modelFailure(reference: string, thrown: unknown, key?: string): AttemptFailure {
  const error = rootOf(thrown);
  const status = isObject(error) ? error['statusCode'] : undefined;
  const byStatus = typeof status === 'number' ? classOfStatus(status, error) : undefined;
  const said = status === undefined ? wordsOf(error) : `${String(status)} ${wordsOf(error)}`;
  const message = `${reference}: ${blot(said, key).slice(0, 4_000)}`;
  const limit = byStatus === 'permanent' ? undefined : rateLimitOf(error);
  if (limit !== undefined) return { class: 'rate-limited', message, ...limit };
  return { class: byStatus ?? classOf(error), message };
}

/** The SDK tries a few times itself, and then throws all that it met in one. */
function rootOf(thrown: unknown): unknown {
  return isObject(thrown) && thrown['name'] === 'AI_RetryError' ? thrown['lastError'] : thrown;
}

function classOfStatus(status: number, error: unknown): FailureClass | undefined {
  if (status === 408 || status === 504) return 'timeout';
  if (status === 429) return saysQuotaIsUsedUp(error) ? 'permanent' : undefined;
  if (status === 409 || status === 425 || status >= 500) return 'transient';
  return status >= 400 ? 'permanent' : undefined;
}

/** OpenAI answers 429 also to an account without money, which no waiting mends. */
function saysQuotaIsUsedUp(error: unknown): boolean {
  const body = isObject(error) ? error['responseBody'] : undefined;
  return typeof body === 'string' && body.includes('insufficient_quota');
}

function classOf(error: unknown, depth = 0): FailureClass {
  if (!isObject(error) || depth > 5) return 'error';
  if (error['name'] === 'TimeoutError') return 'timeout';
  if (error['name'] === 'AbortError') return 'cancelled';
  if (error['isRetryable'] === true || isTransientCode(error['code'])) return 'transient';
  // undici's word for a body that ended before its end.
  if (error instanceof TypeError && error.message === 'terminated') return 'transient';
  return classOf(error['cause'], depth + 1);
}

/** With the innermost cause: "fetch failed" and its like say nothing. */
function wordsOf(error: unknown): string {
  let cause = error;
  for (let depth = 0; depth < 5 && isObject(cause) && isObject(cause['cause']); depth++) {
    cause = cause['cause'];
  }
  const [said, why] = [errorMessage(error) || 'an empty error', errorMessage(cause)];
  return said.includes(why) ? said : `${said} (${why})`;
}

function blot(text: string, key: string | undefined): string {
  return key === undefined ? text : text.replaceAll(key, '[redacted]');
}
