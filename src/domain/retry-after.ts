/** RFC 9110: an IMF-fixdate, the obsolete RFC 850 and asctime forms; and ISO 8601, which APIs like. */
const dates = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]+, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/,
];

/**
 * Reads the value of a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date.
 *
 * @param now milliseconds since the epoch
 * @returns milliseconds from now, 0 for a date that has passed; undefined for anything else
 */
export function parseRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value === 'number') return inMilliseconds(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return inMilliseconds(Number(text));
  if (!dates.some((form) => form.test(text))) return undefined;
  // The asctime form names no zone; it is UTC.
  const time = Date.parse(/(?:GMT|Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

function inMilliseconds(seconds: number): number | undefined {
  const milliseconds = Math.ceil(seconds * 1_000);
  return Number.isSafeInteger(milliseconds) && seconds >= 0 ? milliseconds : undefined;
}
