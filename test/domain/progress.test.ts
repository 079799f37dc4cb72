import { expect, test } from 'vitest';
import { estimateRemaining, shareDone, type OpenTask } from '../../src/domain/progress.ts';

const counts = { waiting: 0, running: 0, done: 0, failed: 0, skipped: 0, cancelled: 0 };

test('the share is of known work; what was cancelled is no work any more', () => {
  expect(shareDone(counts)).toBe(0);
  expect(shareDone({ ...counts, done: 2, skipped: 1, waiting: 1, cancelled: 5 })).toBe(0.75);
  expect(shareDone({ ...counts, done: 2, failed: 2 })).toBe(0.5);
});

const now = new Date('2026-02-08T12:00:00Z');
const open = (id: string, agent: string, dependsOn: string[] = [], ran?: number): OpenTask => ({
  ...{ id, agent, dependsOn },
  runningSince: ran === undefined ? null : new Date(now.getTime() - ran),
});
const pace = {
  taskTime: new Map([
    ['a', 1_000],
    ['b', 4_000],
  ]),
  slots: new Map([
    ['a', 2],
    ['b', 1],
  ]),
};

test('a chain takes as long as its tasks together', () => {
  const chain = [open('x', 'a'), open('y', 'b', ['x']), open('z', 'a', ['y'])];
  expect(estimateRemaining(chain, pace, now)).toBe(6_000);
});

test('tasks side by side are shared by the slots of their agent', () => {
  const wide = ['1', '2', '3', '4', '5', '6'].map((id) => open(id, 'a'));
  expect(estimateRemaining(wide, pace, now)).toBe(3_000);
});

test('time that a task has run already is no longer left, and none is negative', () => {
  expect(estimateRemaining([open('x', 'b', [], 3_000)], pace, now)).toBe(1_000);
  expect(estimateRemaining([open('x', 'b', [], 9_000)], pace, now)).toBe(0);
});

test('an agent without a past is taken for a usual one; nothing is known without any', () => {
  expect(estimateRemaining([open('x', 'new')], pace, now)).toBe(2_500);
  const nothing = { taskTime: new Map(), slots: new Map() };
  expect(estimateRemaining([open('x', 'new')], nothing, now)).toBeNull();
  expect(estimateRemaining([], nothing, now)).toBe(0);
});
