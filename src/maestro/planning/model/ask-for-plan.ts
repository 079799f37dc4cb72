import { generateText, NoObjectGeneratedError, Output, type ModelMessage } from 'ai';
import type { ModelUsage } from '../../../domain/model-usage.ts';
import type { OpenedModel } from '../../../models/open-model.ts';
import { modelAnswerSchema } from './model-answer.ts';

export interface Conversation {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
}

export interface GivenAnswer {
  readonly text: string;
  /** Why it ended there: `length` for an answer that was too long, `content-filter` for a refusal. */
  readonly finishReason: string | undefined;
  readonly usage: ModelUsage;
}

/** Asks a model once for a plan. What it throws is the model's failure, not that of its answer. */
export async function askForPlan(
  model: OpenedModel,
  { system, messages }: Conversation,
  signal: AbortSignal,
): Promise<GivenAnswer> {
  const called = generateText({
    ...{ model: model.languageModel, system, messages: [...messages], abortSignal: signal },
    output: Output.object({ schema: modelAnswerSchema, name: 'plan' }),
  });
  const given = await called.catch((error: unknown) => {
    // The answer came and does not fit: that is for the repair to say.
    if (NoObjectGeneratedError.isInstance(error)) return error;
    throw error;
  });
  const { text = '', finishReason, usage } = given;
  return { text, finishReason, usage: model.usageOf(usage) };
}
