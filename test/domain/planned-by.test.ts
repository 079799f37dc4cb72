import { expect, test } from 'vitest';
import { plannedByRules, plannedByText } from '../../src/domain/planned-by.ts';

const usage = { inputTokens: 12_000, outputTokens: 345, cachedInputTokens: 0, costUsd: 0.12 };
const asked = { model: 'openai:gpt-5', repairs: 1, usage };

test.each([
  [plannedByRules, 'rules'],
  [
    { planner: 'model' as const, ...asked, notice: null },
    'openai:gpt-5, 1 repair, 12,345 tokens, $0.1200',
  ],
  [
    {
      planner: 'rules' as const,
      ...asked,
      usage: { ...usage, costUsd: null },
      notice: 'It failed.',
    },
    'rules, 12,345 tokens, cost unknown. It failed.',
  ],
])('%j in words', (plannedBy, words) => {
  expect(plannedByText(plannedBy)).toBe(words);
});
