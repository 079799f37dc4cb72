import type { LanguageModelUsage } from 'ai';
import type { ModelPrice } from '../domain/model.ts';
import type { ModelUsage } from '../domain/model-usage.ts';

/** What the SDK counted, with its cost when the price is known and both counts were reported. */
export function priceUsage(
  usage: LanguageModelUsage | undefined,
  price: ModelPrice | undefined,
): ModelUsage {
  const { inputTokens, outputTokens, inputTokenDetails } = usage ?? {};
  const { cacheReadTokens = 0, cacheWriteTokens = 0 } = inputTokenDetails ?? {};
  const counts = {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cachedInputTokens: cacheReadTokens,
  };
  if (price === undefined || inputTokens === undefined || outputTokens === undefined) {
    return { ...counts, costUsd: null };
  }
  const { input, output, cachedInput = input, cacheWrite = input } = price;
  const dollarsPerMillion =
    (inputTokens - cacheReadTokens - cacheWriteTokens) * input +
    cacheReadTokens * cachedInput +
    cacheWriteTokens * cacheWrite +
    outputTokens * output;
  return { ...counts, costUsd: dollarsPerMillion / 1e6 };
}
