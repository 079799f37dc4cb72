/** What calls of a model have used. */
export interface ModelUsage {
  /** All of the prompt, cached or not. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The part of the input that the provider had cached. */
  readonly cachedInputTokens: number;
  /** US dollars; null when it is not known: no price is configured, or no tokens were reported. */
  readonly costUsd: number | null;
}

export const nothingUsed: ModelUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  costUsd: 0,
};

/** Both together; of unknown cost as soon as one of them is. */
export function addUsage(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}
