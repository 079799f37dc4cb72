import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { appendFileSync, constants } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../domain/errors.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import { parseRetryAfter } from '../../domain/retry-after.ts';
import type { Executor, ExecutorContext, ExecutorInput, ExecutorResult } from '../executor.ts';
import { runProcessGroup } from '../process-group.ts';
import { type CheckedResult, checkResultText, maxResultSize, tooLarge } from './check-result.ts';
import { processFailure, tryAgainLater } from './process-failure.ts';
import { composePrompt } from './prompt.ts';
import { secretValues } from './secret-values.ts';

/**
 * Runs a program in the task's worktree: JSON on stdin, `{prompt}` and `{promptFile}` replaced in its
 * arguments, `AURORA_*` variables, an optional result in `$AURORA_RESULT_FILE`. What other agents of
 * the run find out meanwhile is appended to `$AURORA_NEWS_FILE`, a JSON object a line. Exit code 0
 * is success, 75 transient, 78 permanent, anything else a failed attempt.
 *
 * @param options.gracePeriod milliseconds between SIGTERM and SIGKILL; 5 s when not given
 */
export function commandExecutor(
  command: readonly string[],
  options: { readonly gracePeriod?: number } = {},
): Executor {
  return async (input, context) => {
    const control = context.privateDirectory;
    try {
      await mkdir(control, { recursive: true });
    } catch (error) {
      return failed({ class: 'transient', message: noControlFolder(error) });
    }
    try {
      return await runCommand(command, control, input, context, options);
    } finally {
      await rm(control, { recursive: true, force: true });
    }
  };
}

async function runCommand(
  command: readonly string[],
  /** Outside of the worktree, so that nothing of ours is ever committed. */
  control: string,
  input: ExecutorInput,
  context: ExecutorContext,
  options: { readonly gracePeriod?: number },
): ReturnType<Executor> {
  const resultFile = resultFileIn(control);
  const promptFile = join(control, 'prompt.md');
  const newsFile = join(control, 'news.jsonl');
  const prompt = composePrompt(input);
  try {
    await Promise.all([writeFile(promptFile, prompt), writeFile(newsFile, '')]);
  } catch (error) {
    return failed({ class: 'transient', message: noControlFolder(error) });
  }
  const replacements: Record<string, string> = { '{prompt}': prompt, '{promptFile}': promptFile };
  const argv = command.map((part) =>
    part.replace(/\{prompt(?:File)?\}/g, (placeholder) => replacements[placeholder] as string),
  );
  const { web, onDiscovery } = context.line;
  const env = {
    ...context.env,
    AURORA_ATTEMPT: String(context.attempt),
    AURORA_RESULT_FILE: resultFile,
    AURORA_NEWS_FILE: newsFile,
    ...(web === undefined ? {} : { AURORA_URL: web.url, AURORA_TOKEN: web.token }),
  };
  const stopListening = onDiscovery((discovery) =>
    appendFileSync(newsFile, `${JSON.stringify(discovery)}\n`),
  );
  const outcome = await runProcessGroup({
    ...options,
    argv,
    cwd: context.directory,
    env,
    attempt: { runId: context.runId, taskId: input.task.id, epoch: context.epoch },
    input: JSON.stringify(input),
    signal: context.signal,
    secrets: secretValues(env),
    onOutput: context.onOutput,
  }).finally(stopListening);
  const { outputTail } = outcome;
  const reported = await readResult(resultFile);
  const result = reported.ok ? reported.result : {};
  const failure =
    limited(processFailure(command, outcome), result) ?? resultFailure(reported, outputTail);
  if (failure === undefined) return { ok: true, result, outputTail };
  return { ok: false, failure, result, outputTail };
}

/** A program that will be able to go on later, and knows when, has met a rate limit. */
function limited(failure: AttemptFailure | undefined, result: ExecutorResult) {
  if (failure?.exitCode !== tryAgainLater) return failure;
  const retryAfter = parseRetryAfter(result.retryAfter, Date.now());
  if (retryAfter === undefined) return failure;
  return { ...failure, class: 'rate-limited' as const, retryAfter };
}

function resultFailure(reported: CheckedResult, evidence: string): AttemptFailure | undefined {
  if (reported.ok) return undefined;
  const message = `The result in $AURORA_RESULT_FILE cannot be used: ${reported.problem}.`;
  return { class: 'error', message, ...(evidence === '' ? {} : { evidence }) };
}

const resultFileIn = (control: string) => join(control, 'result.json');

/** What a program that has outlived its worker says it has spent; undefined when it says nothing. */
export async function readReportedUsage(control: string): Promise<ExecutorResult['usage']> {
  const reported = await readResult(resultFileIn(control));
  return reported.ok ? reported.result.usage : undefined;
}

/** A missing or empty file reports nothing. */
async function readResult(path: string): Promise<CheckedResult> {
  let file;
  try {
    // Not blocking: the program may have made a pipe of it. No link: it would show another file.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    file = await open(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, result: {} };
    return { ok: false, problem: `it cannot be read: ${errorMessage(error)}` };
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return { ok: false, problem: 'it is not a regular file' };
    if (found.size > maxResultSize) return tooLarge;
    const text = await file.readFile('utf8');
    return text.trim() === '' ? { ok: true, result: {} } : checkResultText(text);
  } finally {
    await file.close();
  }
}

function failed(failure: AttemptFailure): Awaited<ReturnType<Executor>> {
  return { ok: false, failure, result: {}, outputTail: '' };
}

function noControlFolder(error: unknown): string {
  return `The attempt's temporary folder cannot be written, is the disk full? ${errorMessage(error)}`;
}
