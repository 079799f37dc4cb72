import type { Threshold } from '../../domain/requirement.ts';

/** Units by the spellings that people use; the key is what the threshold carries. */
const units = {
  ms: 'ms|milliseconds?|msec',
  s: 's|secs?|seconds?',
  min: 'min|mins|minutes?',
  h: 'h|hrs?|hours?',
  d: 'days?',
  '%': '%|percent',
  users: '(?:concurrent |simultaneous |active )?users',
  'requests/s': 'requests? (?:per|a|each) second|requests?/s|rps',
  requests: 'requests',
  characters: 'char(?:acter)?s',
  KB: 'kb|kilobytes?',
  MB: 'mb|megabytes?',
  GB: 'gb|gigabytes?',
  TB: 'tb|terabytes?',
} as const;

const spellings = Object.values(units)
  .map((spelling) => `(?:${spelling})`)
  .join('|');
const amount = new RegExp(
  `(?<![\\w.])(\\d[\\d,]*(?:\\.\\d+)?)[ \\u00a0-]?(thousand|million)?\\s?(${spellings})(?!\\p{L})`,
  'giu',
);
const upper =
  /\b(?:at most|less than|no more than|not more than|no longer than|not exceed|under|below|within|up to|maximum(?: of)?|in)\s+(?:an? )?$/i;
const lower = /\b(?:at least|more than|no less than|not less than|minimum(?: of)?|above|over)\s+$/i;
const percentile = /\bp(\d{2}(?:\.\d+)?)\b|\b(\d{2}(?:\.\d+)?)(?:th|st|nd|rd)[- ]percentile\b/i;
const share = /(\d{2,3}(?:\.\d+)?)\s?(?:%|percent)\s(?:of|within|in)\b/i;
const timeUnits = new Set(['ms', 's', 'min', 'h']);

/** Lifts measurable limits out of a requirement: "99 % within 200 ms" → at most 200 ms, p99. */
export function readThresholds(text: string): Threshold[] {
  const rank = percentile.exec(text);
  const part = share.exec(text);
  const found = [...text.matchAll(amount)].map((match): Threshold => {
    const unit = unitOf(match[3] ?? '');
    const factor = { thousand: 1_000, million: 1_000_000 }[(match[2] ?? '').toLowerCase()] ?? 1;
    const before = text.slice(0, match.index);
    const bound = upper.test(before) ? 'max' : lower.test(before) ? 'min' : undefined;
    return {
      value: Number((match[1] ?? '').replaceAll(',', '')) * factor,
      unit,
      ...(bound && { bound }),
    };
  });
  const timed = found.some(({ unit }) => timeUnits.has(unit));
  const at = Number(rank?.[1] ?? rank?.[2] ?? (timed ? part?.[1] : undefined));
  if (!timed || !(at > 0 && at <= 100)) return found;
  return found
    .filter(({ unit, value }) => unit !== '%' || value !== at)
    .map((each) => (timeUnits.has(each.unit) ? { ...each, percentile: at } : each));
}

function unitOf(spelled: string): string {
  const exact = new Map(
    Object.entries(units).map(([unit, spelling]) => [
      unit,
      new RegExp(`^(?:${spelling})$`, 'i').test(spelled),
    ]),
  );
  return [...exact].find(([, fits]) => fits)?.[0] ?? spelled;
}
