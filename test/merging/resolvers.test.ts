import { expect, test } from 'vitest';
import { evaluateMerges } from '../../src/merging/evaluation.ts';
import { isHeldOut, readCases } from './read-cases.ts';

const cases = readCases();

test('there are cases of many kinds, and both halves are of a size', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
  expect(new Set(cases.map((each) => each.name)).size).toBe(cases.length);
  const heldOut = cases.filter((each) => isHeldOut(each.name)).length;
  expect(Math.abs(cases.length - 2 * heldOut)).toBeLessThan(10);
});

for (const half of ['tuned', 'held out']) {
  test(`what is resolved alone is what developers wrote: ${half}`, () => {
    const chosen = cases.filter((each) => isHeldOut(each.name) === (half === 'held out'));
    const wrong: string[] = [];
    const score = evaluateMerges(chosen, (name, outcome) => {
      if (outcome === 'wrong') wrong.push(name);
    });
    expect(wrong).toEqual([]);
    expect(score.exact / score.cases).toBeGreaterThan(0.4);
    expect(score.left).toBeGreaterThan(0);
  });
}
