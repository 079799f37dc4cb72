/**
 * Text that every store accepts: Postgres refuses NUL in text and jsonb, and a lone surrogate has
 * no UTF-8 form.
 */
export function cleanText(text: string): string {
  // With the u flag a surrogate matches only when it stands alone.
  return text.replaceAll('\0', '').replace(/[\ud800-\udfff]/gu, '\ufffd');
}

/** Applies `change` to every string in a JSON value, keys included. */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change(key), mapStrings(item, change)]),
  );
}
