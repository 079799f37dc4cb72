import type { LanguageModelUsage } from 'ai';
import type { AttemptFailure } from '../domain/failure.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import { resolveModel, type ModelSettings } from './model-access.ts';
import { modelFailure } from './model-failure.ts';
import { priceUsage } from './price-usage.ts';
import type { OpenedLanguageModel } from './providers/provider.ts';

/** A model that can be asked with the AI SDK's `generateText` and `streamText`. */
export interface OpenedModel {
  /** `provider:name`, as it was asked for. */
  readonly reference: string;
  readonly languageModel: OpenedLanguageModel;
  /** Tokens and cost of one call, of the SDK's `usage` or `totalUsage`. */
  readonly usageOf: (usage: LanguageModelUsage | undefined) => ModelUsage;
  /** What an error that a call threw means; its message never holds the key. */
  readonly failureOf: (error: unknown) => AttemptFailure;
}

/**
 * Opens a model. Nothing is asked yet; the provider's package is loaded only now.
 *
 * @param reference `provider:name`: of `openai`, `anthropic`, `google`, or of a provider under `models`
 * @throws AuroraError `model-unknown`, `model-key-missing`
 */
export async function openModel(reference: string, settings: ModelSettings): Promise<OpenedModel> {
  const access = resolveModel(reference, settings);
  const languageModel = await access.kind.open(access, access.model);
  // The SDK writes its warnings to the console, past the logger.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  return {
    reference,
    languageModel,
    usageOf: (usage) => priceUsage(usage, access.price),
    failureOf: (error) => modelFailure(reference, error, access.apiKey),
  };
}
