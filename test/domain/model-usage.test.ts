import { expect, test } from 'vitest';
import { addUsage, nothingUsed } from '../../src/domain/model-usage.ts';

const call = { inputTokens: 100, outputTokens: 10, cachedInputTokens: 40, costUsd: 0.25 };

test('calls add up, and one of unknown cost makes the sum unknown', () => {
  const two = addUsage(addUsage(nothingUsed, call), call);
  expect(two).toEqual({ inputTokens: 200, outputTokens: 20, cachedInputTokens: 80, costUsd: 0.5 });
  expect(addUsage(two, { ...call, costUsd: null })).toMatchObject({ costUsd: null });
});
