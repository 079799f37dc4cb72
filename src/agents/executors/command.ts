import type { AttemptFailure } from '../../domain/failure.ts';
import { parseRetryAfter } from '../../domain/retry-after.ts';
import type { Executor, ExecutorResult } from '../executor.ts';
import { processFailure, tryAgainLater } from './process-failure.ts';
import { programExecutor, type ProgramOptions } from './program.ts';

/**
 * Runs any program: JSON on stdin, `{prompt}` and `{promptFile}` replaced in its arguments. Exit code
 * 0 is success, 75 transient, 78 permanent, anything else a failed attempt.
 */
export function commandExecutor(command: readonly string[], options?: ProgramOptions): Executor {
  return programExecutor(({ input, prompt, promptFile }) => {
    const replacements: Record<string, string> = { '{prompt}': prompt, '{promptFile}': promptFile };
    return {
      argv: command.map((part) =>
        part.replace(/\{prompt(?:File)?\}/g, (placeholder) => replacements[placeholder] as string),
      ),
      input: JSON.stringify(input),
      judge: (outcome, reported) => ({
        failure: limited(processFailure(command, outcome), reported),
      }),
    };
  }, options);
}

/** A program that will be able to go on later, and knows when, has met a rate limit. */
function limited(failure: AttemptFailure | undefined, result: ExecutorResult) {
  if (failure?.exitCode !== tryAgainLater) return failure;
  const retryAfter = parseRetryAfter(result.retryAfter, Date.now());
  if (retryAfter === undefined) return failure;
  return { ...failure, class: 'rate-limited' as const, retryAfter };
}
