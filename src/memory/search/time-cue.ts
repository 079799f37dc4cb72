/** A stretch of time that a question names, in milliseconds since 1970. */
export interface TimeCue {
  readonly from: number;
  readonly to: number;
}

const day = 86_400_000;
const monthNames =
  'january|february|march|april|may|june|july|august|september|october|november|december';
const months = monthNames.split('|');

const iso = /\b((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?\b/;
const dayMonth = new RegExp(
  `\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? (${monthNames})\\b(?:,? ((?:19|20)\\d\\d))?`,
  'i',
);
const monthDay = new RegExp(
  `\\b(${monthNames}) (\\d{1,2})(?:st|nd|rd|th)?\\b(?:,? ((?:19|20)\\d\\d))?`,
  'i',
);
const monthYear = new RegExp(`\\b(${monthNames})\\b(?:,? (?:of )?((?:19|20)\\d\\d))`, 'i');
const inMonth = new RegExp(`\\b(?:in|during|since|last|early|late|mid) (${monthNames})\\b`, 'i');
const onlyYear = /\b(?:in|during|since) ((?:19|20)\d\d)\b/i;
const relative =
  /\b(yesterday|today|(?:last|past|this) (week|month|year)|(\d{1,3}) (day|week|month)s? ago)\b/i;

const lengths: Readonly<Record<string, number>> = {
  day,
  week: 7 * day,
  month: 31 * day,
  year: 366 * day,
};

/**
 * When a question asks about: a day, a month (of any year when none is said: then the year is that
 * of `now`, or the one before when the month is still to come), a year, or "last week".
 *
 * @param now what relative words count from
 */
export function timeCue(text: string, now: Date): TimeCue | undefined {
  const date = iso.exec(text);
  if (date !== null) return span(Number(date[1]), Number(date[2]) - 1, Number(date[3] ?? 0), now);
  const first = dayMonth.exec(text);
  if (first !== null) return span(year(first[3]), month(first[2]), Number(first[1]), now);
  const second = monthDay.exec(text);
  if (second !== null) return span(year(second[3]), month(second[1]), Number(second[2]), now);
  const third = monthYear.exec(text);
  if (third !== null) return span(year(third[2]), month(third[1]), 0, now);
  const fourth = inMonth.exec(text);
  if (fourth !== null) return span(undefined, month(fourth[1]), 0, now);
  const fifth = onlyYear.exec(text);
  if (fifth !== null) {
    const number = Number(fifth[1]);
    return { from: Date.UTC(number, 0, 1), to: Date.UTC(number + 1, 0, 1) };
  }
  const sixth = relative.exec(text);
  if (sixth === null) return undefined;
  const [, whole, unit, count, ago] = sixth as unknown as [string, string, string, string, string];
  if (count !== undefined) {
    const at = now.getTime() - Number(count) * (lengths[ago.toLowerCase()] as number);
    const slack = (lengths[ago.toLowerCase()] as number) / 2;
    return { from: at - slack, to: at + slack };
  }
  const length = unit === undefined ? day : (lengths[unit.toLowerCase()] as number);
  const back = /^(?:yesterday|last)/i.test(whole) ? length : 0;
  return { from: now.getTime() - back - length, to: now.getTime() };
}

const month = (name: string | undefined) => months.indexOf((name ?? '').toLowerCase());
const year = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));

function span(
  year: number | undefined,
  month: number,
  date: number,
  now: Date,
): TimeCue | undefined {
  if (month < 0 || month > 11 || date > 31) return undefined;
  const thisYear = now.getUTCFullYear();
  const chosen = year ?? (month > now.getUTCMonth() ? thisYear - 1 : thisYear);
  if (date === 0) {
    // What happened at a month's end is often told in the next one.
    return { from: Date.UTC(chosen, month, 1), to: Date.UTC(chosen, month + 1, 8) };
  }
  const at = Date.UTC(chosen, month, date);
  return { from: at - 2 * day, to: at + 8 * day };
}
