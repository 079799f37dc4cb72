import { appendFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../domain/errors.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { Executor, ExecutorContext, ExecutorInput, ExecutorResult } from '../executor.ts';
import { type ConfinedOptions, runConfined } from '../confinement/run-confined.ts';
import type { ProcessOutcome } from '../process-group.ts';
import type { CheckedResult } from './check-result.ts';
import { composePrompt } from './prompt.ts';
import { readResultFile, resultFileIn } from './result-file.ts';
import { maskSecrets } from '../output-tail.ts';
import { secretValues } from './secret-values.ts';

/** The task as a program may want it. */
export interface ProgramTask {
  readonly input: ExecutorInput;
  readonly context: ExecutorContext;
  readonly prompt: string;
  /** Holds the prompt. */
  readonly promptFile: string;
  /** Outside of the worktree, so that nothing in it is ever committed; goes with the attempt. */
  readonly control: string;
}

/** How a program is called for one task, and what its end means. */
export interface ProgramCall extends Pick<
  ConfinedOptions,
  'argv' | 'input' | 'readLine' | 'converse' | 'state'
> {
  /** Beside those of the attempt. */
  readonly env?: Readonly<Record<string, string>>;
  /** What its end means for the attempt, and what it has said beside the result file. */
  readonly judge: (
    outcome: ProcessOutcome,
    reported: ExecutorResult,
  ) => { readonly failure: AttemptFailure | undefined; readonly said?: ExecutorResult };
}

/** @property gracePeriod milliseconds between SIGTERM and SIGKILL; 5 s when not given */
export type ProgramOptions = Pick<ConfinedOptions, 'gracePeriod'>;

/**
 * Runs a program in the task's worktree, with `AURORA_*` variables, an optional result in
 * `$AURORA_RESULT_FILE`, and what other agents of the run find out meanwhile in `$AURORA_NEWS_FILE`,
 * a JSON object a line.
 */
export function programExecutor(
  callFor: (task: ProgramTask) => ProgramCall,
  options: ProgramOptions = {},
): Executor {
  return async (input, context) => {
    const control = context.privateDirectory;
    const promptFile = join(control, 'prompt.md');
    const newsFile = join(control, 'news.jsonl');
    const prompt = composePrompt(input);
    try {
      try {
        await mkdir(control, { recursive: true });
        await Promise.all([writeFile(promptFile, prompt), writeFile(newsFile, '')]);
      } catch (error) {
        const message = `The attempt's temporary folder cannot be written, is the disk full? ${errorMessage(error)}`;
        return { ok: false, failure: { class: 'transient', message }, result: {}, outputTail: '' };
      }
      const call = callFor({ input, context, prompt, promptFile, control });
      return await run(call, { control, newsFile }, input, context, options);
    } finally {
      await rm(control, { recursive: true, force: true });
    }
  };
}

async function run(
  call: ProgramCall,
  { control, newsFile }: { readonly control: string; readonly newsFile: string },
  input: ExecutorInput,
  context: ExecutorContext,
  options: ProgramOptions,
): ReturnType<Executor> {
  const { judge, env: own, ...started } = call;
  const { web, onDiscovery } = context.line;
  const env = {
    ...context.env,
    ...own,
    AURORA_ATTEMPT: String(context.attempt),
    AURORA_RESULT_FILE: resultFileIn(control),
    AURORA_NEWS_FILE: newsFile,
    ...(web === undefined ? {} : { AURORA_URL: web.url, AURORA_TOKEN: web.token }),
  };
  const stopListening = onDiscovery((discovery) =>
    appendFileSync(newsFile, `${JSON.stringify(discovery)}\n`),
  );
  const secrets = secretValues(env);
  const outcome = await runConfined({
    ...options,
    ...started,
    confinement: context.confinement,
    writable: [control],
    cwd: context.directory,
    env,
    attempt: { runId: context.runId, taskId: input.task.id, epoch: context.epoch },
    signal: context.signal,
    secrets,
    onOutput: context.onOutput,
  }).finally(stopListening);
  const { outputTail } = outcome;
  const reported = await readResultFile(control);
  const written = reported.ok ? reported.result : {};
  const { said, ...judged } = judge(outcome, written);
  // Taken out of JSON, in which a secret may have looked different.
  const summary = said?.summary && { summary: maskSecrets(said.summary, secrets) };
  const result = { ...said, ...summary, ...written };
  const failure = judged.failure ?? resultFailure(reported, outputTail);
  if (failure === undefined) return { ok: true, result, outputTail };
  const message = maskSecrets(failure.message, secrets);
  return { ok: false, failure: { ...failure, message }, result, outputTail };
}

function resultFailure(reported: CheckedResult, evidence: string): AttemptFailure | undefined {
  if (reported.ok) return undefined;
  const message = `The result in $AURORA_RESULT_FILE cannot be used: ${reported.problem}.`;
  return { class: 'error', message, ...(evidence === '' ? {} : { evidence }) };
}
