import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelay, defaultBackoff } from '../../src/domain/backoff.ts';

const almostOne = 1 - Number.EPSILON;
const random = fc.double({ min: 0, max: almostOne, noNaN: true });

test.each([
  [1, 1_000, 2_000],
  [2, 2_000, 4_000],
  [3, 4_000, 8_000],
  [4, 8_000, 16_000],
  [5, 16_000, 32_000],
])('attempt %i waits %i to %i ms, the seed table', (attempt, least, most) => {
  expect(backoffDelay(attempt, 0)).toBe(least);
  const longest = backoffDelay(attempt, almostOne);
  expect(longest).toBeGreaterThanOrEqual(most - 1);
  expect(longest).toBeLessThanOrEqual(most);
});

test('no delay exceeds the maximum, however many attempts there were', () => {
  fc.assert(
    fc.property(fc.integer({ min: 7, max: 1_000 }), random, (n, r) => {
      expect(backoffDelay(n, r)).toBe(defaultBackoff.max);
    }),
  );
});

test('a delay is a whole number within its row and never shrinks with more randomness', () => {
  const options = fc.record({
    base: fc.integer({ min: 1, max: 10_000 }),
    max: fc.integer({ min: 1, max: 100_000 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      random,
      random,
      options,
      (attempt, a, b, given) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((r) =>
          backoffDelay(attempt, r, given),
        );
        const step = given.base * 2 ** (attempt - 1);
        expect(Number.isInteger(low)).toBe(true);
        expect(low).toBeGreaterThanOrEqual(Math.min(step, given.max));
        expect(high).toBeLessThanOrEqual(Math.min(2 * step, given.max));
        expect(low).toBeLessThanOrEqual(high as number);
      },
    ),
  );
});

test('an attempt below 1 counts as the first', () => {
  expect(backoffDelay(0, 0)).toBe(1_000);
});
