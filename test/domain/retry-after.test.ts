import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRetryAfter } from '../../src/domain/retry-after.ts';

const now = Date.UTC(2026, 1, 8, 12, 0, 0);

test.each([
  [120, 120_000],
  [0.5, 500],
  ['120', 120_000],
  [' 7 ', 7_000],
  ['0', 0],
  ['Sun, 08 Feb 2026 12:01:00 GMT', 60_000],
  ['Sunday, 08-Feb-26 12:01:00 GMT', 60_000],
  ['Sun Feb  8 12:01:00 2026', 60_000],
  ['2026-02-08T13:01:00+01:00', 60_000],
  ['Sun, 08 Feb 2026 11:00:00 GMT', 0],
])('%o', (value, milliseconds) => {
  expect(parseRetryAfter(value, now)).toBe(milliseconds);
});

test.each([-1, NaN, Infinity, '-1', '', 'soon', '12 parsecs', 'May 5', null, {}, []])(
  '%o says nothing',
  (value) => {
    expect(parseRetryAfter(value, now)).toBe(undefined);
  },
);

test('whatever is given: whole milliseconds that are not negative, or nothing', () => {
  const anything = fc.oneof(fc.string(), fc.double(), fc.anything());
  fc.assert(
    fc.property(anything, (value) => {
      const read = parseRetryAfter(value, now);
      expect(read === undefined || (Number.isInteger(read) && read >= 0)).toBe(true);
    }),
  );
  const second = fc.integer({ min: 0, max: 4_000_000_000 });
  fc.assert(
    fc.property(second, (at) => {
      const date = new Date(at * 1_000);
      expect(parseRetryAfter(date.toUTCString(), 0)).toBe(at * 1_000);
    }),
  );
});
