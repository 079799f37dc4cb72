import { expect, test } from 'vitest';
import { Slots } from '../../src/queue/slots.ts';

test('no more slots are given than there are, and those who wait get them in turn', async () => {
  const slots = new Slots(2);
  expect(await slots.take(0)).toBe(true);
  expect(await slots.take(0)).toBe(true);
  const got: string[] = [];
  const waiting = ['first', 'second'].map(async (name) => {
    if (await slots.take(60_000)) got.push(name);
  });
  slots.release();
  await waiting[0];
  expect(got).toEqual(['first']);
  slots.release();
  await waiting[1];
  expect(got).toEqual(['first', 'second']);
});

test('who runs out of patience gets none, and takes none from others', async () => {
  const slots = new Slots(1);
  await slots.take(0);
  expect(await slots.take(5)).toBe(false);
  slots.release();
  expect(await slots.take(0)).toBe(true);
  expect(await slots.take(0)).toBe(false);
});
