import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baselineOf, lessonEffect, lessonState } from '../../src/memory/lesson-effect.ts';

const counts = fc
  .record({
    trials: fc.nat(200),
    withheldTrials: fc.nat(200),
    success: fc.double({ min: 0, max: 1, noNaN: true }),
    withheldSuccess: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ trials, withheldTrials, success, withheldSuccess }) => ({
    trials,
    withheldTrials,
    successes: Math.round(trials * success),
    withheldSuccesses: Math.round(withheldTrials * withheldSuccess),
  }));
const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });

test('the gain lies within its bounds, and its hope is a probability', () => {
  fc.assert(
    fc.property(counts, share, (lesson, baseline) => {
      const { lift, low, high, helps } = lessonEffect(lesson, baseline);
      expect(low).toBeLessThanOrEqual(lift);
      expect(lift).toBeLessThanOrEqual(high);
      expect(helps).toBeGreaterThanOrEqual(0);
      expect(helps).toBeLessThanOrEqual(1);
    }),
  );
});

test('a further success with it raises the hope, a further one without it lowers it', () => {
  fc.assert(
    fc.property(counts, share, (lesson, baseline) => {
      const { helps } = lessonEffect(lesson, baseline);
      const { trials, successes, withheldTrials, withheldSuccesses } = lesson;
      fc.pre(successes < trials && withheldSuccesses < withheldTrials);
      const better = lessonEffect({ ...lesson, successes: successes + 1 }, baseline);
      const worse = lessonEffect({ ...lesson, withheldSuccesses: withheldSuccesses + 1 }, baseline);
      // Near certainty the interval's width decides as much as its middle.
      expect(better.lift).toBeGreaterThan(lessonEffect(lesson, baseline).lift);
      expect(worse.lift).toBeLessThan(lessonEffect(lesson, baseline).lift);
      expect(Number.isFinite(helps)).toBe(true);
    }),
  );
});

test('nothing is judged before eight trials; then the useless is retired and the helpful proven', () => {
  const judge = (trials: number, successes: number, withheldTrials = 0, withheldSuccesses = 0) => {
    const lesson = { trials, successes, withheldTrials, withheldSuccesses };
    return lessonState(lesson, lessonEffect(lesson, 0.4));
  };
  expect(judge(7, 0, 7, 7)).toBe('trial');
  expect(judge(8, 0)).toBe('retired');
  expect(judge(8, 3)).toBe('trial');
  expect(judge(100, 40, 12, 5)).toBe('trial');
  expect(judge(30, 28, 12, 4)).toBe('proven');
});

test('without any evidence the baseline is a half', () => {
  expect(baselineOf({ trials: 0, successes: 0 })).toBe(0.5);
  expect(baselineOf({ trials: 98, successes: 19 })).toBe(0.2);
});
