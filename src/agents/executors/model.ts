import { mkdir, rm, writeFile } from 'node:fs/promises';
import { AuroraError } from '../../domain/errors.ts';
import type { ModelExecutorSpec } from '../../domain/executor-spec.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import { addUsage, type ModelUsage, nothingUsed } from '../../domain/model-usage.ts';
import type { ModelSettings } from '../../models/model-access.ts';
import { openModel, type OpenedModel } from '../../models/open-model.ts';
import type { Executor, ExecutorOutcome, ExecutorResult } from '../executor.ts';
import { createOutputTail } from '../output-tail.ts';
import { abortFailure } from './abort-failure.ts';
import { resultFileIn } from './result-file.ts';
import { secretValues } from './secret-values.ts';

const tailSize = 64 * 1024;

export interface ModelExecutorOptions {
  /** How often one call is tried again within the attempt, as the provider says; 2 when not given. */
  readonly maxRetries?: number;
  /** Milliseconds between SIGTERM and SIGKILL for its commands. */
  readonly gracePeriod?: number;
}

/**
 * A model that works by itself, with tools that end at the worktree: Aurora's own agent, for any
 * provider of the AI SDK.
 */
export function modelExecutor(
  spec: ModelExecutorSpec,
  settings: ModelSettings,
  { maxRetries = 2, gracePeriod }: ModelExecutorOptions = {},
): Executor {
  return async (input, context) => {
    const { signal, privateDirectory } = context;
    const secrets = secretValues(context.env);
    const tail = createOutputTail({ size: tailSize, secrets, onOutput: context.onOutput });
    let used: ModelUsage | undefined;
    const end = (failure: AttemptFailure | undefined, said: ExecutorResult): ExecutorOutcome => {
      const outputTail = tail.text();
      const result = { ...said, ...(used === undefined ? {} : { usage: reported(used) }) };
      if (failure === undefined) return { ok: true, result, outputTail };
      const evidence = outputTail === '' ? {} : { evidence: outputTail };
      return { ok: false, failure: { ...failure, ...evidence }, result, outputTail };
    };
    if (signal.aborted) return end(abortFailure(signal.reason), {});
    let model: OpenedModel;
    try {
      model = await openModel(spec.model, settings);
    } catch (error) {
      if (!(error instanceof AuroraError)) throw error;
      return end({ class: 'permanent', message: error.message }, {});
    }
    try {
      await mkdir(privateDirectory, { recursive: true });
      // The SDK and its tools are loaded only by those who have such an agent.
      const { runModelLoop } = await import('./model-loop.ts');
      const ended = await runModelLoop({
        ...{ spec, model, input, context, tail, secrets, maxRetries, gracePeriod },
        async account(usage) {
          used = addUsage(used ?? nothingUsed, model.usageOf(usage));
          // For the janitor, should this process be killed: what was spent is spent.
          const noted = JSON.stringify({ usage: reported(used) });
          await writeFile(resultFileIn(privateDirectory), noted);
          return used;
        },
      });
      return ended.failure === undefined ? end(undefined, ended.said) : end(ended.failure, {});
    } catch (error) {
      return end(signal.aborted ? abortFailure(signal.reason) : model.failureOf(error), {});
    } finally {
      await rm(privateDirectory, { recursive: true, force: true });
    }
  };
}

/** As executors report it: a cost that is not known is not told. */
function reported({ inputTokens, outputTokens, costUsd }: ModelUsage) {
  return { inputTokens, outputTokens, ...(costUsd === null ? {} : { costUsd }) };
}
