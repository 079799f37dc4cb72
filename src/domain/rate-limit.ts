import { parseRetryAfter } from './retry-after.ts';

/** Too many requests; and, with a `Retry-After`, unavailable and overloaded (Anthropic's 529). */
const tooMany = 429;
const overloaded = [503, 529];

/**
 * The rate limit that a thrown error speaks of, as HTTP clients write it: `status` or `statusCode`,
 * also of its `response`; `retryAfter` (as in the header), or the header itself, also as
 * `retry-after-ms`. Causes are looked at too.
 */
export function rateLimitOf(error: unknown): { readonly retryAfter?: number } | undefined {
  let current = error;
  for (let depth = 0; depth < 5 && isObject(current); depth++) {
    const limit = limitOf(current);
    if (limit !== undefined) return limit;
    current = current['cause'];
  }
  return undefined;
}

function limitOf(error: Record<string, unknown>): { readonly retryAfter?: number } | undefined {
  const response = isObject(error['response']) ? error['response'] : {};
  const status = [error['status'], error['statusCode'], response['status']].find(
    (each) => typeof each === 'number',
  );
  const headers = [error['headers'], error['responseHeaders'], response['headers']];
  const retryAfter =
    parseRetryAfter(error['retryAfter'], Date.now()) ??
    headers.map(headerTime).find((each) => each !== undefined);
  const isLimit =
    status === tooMany ||
    (retryAfter !== undefined && (status === undefined || overloaded.includes(status)));
  if (!isLimit) return undefined;
  return retryAfter === undefined ? {} : { retryAfter };
}

/** Milliseconds, from a `Headers` object or a plain one. */
function headerTime(headers: unknown): number | undefined {
  if (!isObject(headers)) return undefined;
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const valueOf = (name: string): unknown =>
    entries.find(([key]) => key.toLowerCase() === name)?.[1];
  const milliseconds = valueOf('retry-after-ms');
  const exact = typeof milliseconds === 'string' ? Number(milliseconds) / 1_000 : undefined;
  return parseRetryAfter(exact, Date.now()) ?? parseRetryAfter(valueOf('retry-after'), Date.now());
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
