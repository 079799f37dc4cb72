import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorMessage } from '../../domain/errors.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { Handoff } from '../../domain/handoff.ts';
import type { Task } from '../../domain/task.ts';
import { attemptVariables, newestProcess, stopStrays } from '../../git/stop-processes-of.ts';
import type { AttemptLine } from '../attempt-line.ts';
import type { Executor, ExecutorContext, ExecutorInput, ExecutorOutcome } from '../executor.ts';
import { createOutputTail } from '../output-tail.ts';
import { abortFailure } from './abort-failure.ts';
import { checkResultText } from './check-result.ts';
import { thrownFailure } from './thrown-failure.ts';
import { secretValues } from './secret-values.ts';

/** The second argument of an agent's function; what it starts with `env` ends with the attempt. */
export type FunctionContext = Omit<ExecutorInput, 'task'> &
  Pick<ExecutorContext, 'runId' | 'attempt' | 'epoch' | 'directory' | 'signal' | 'env'> & {
    /** Adds to the attempt's output. */
    readonly log: (text: string) => void;
    /** Has another agent do the task, once the function returns; whatever else it returns is kept. */
    readonly handoff: (handoff: Handoff) => void;
  } & Pick<AttemptLine, 'send' | 'onDiscovery'>;

/** The default export of an agent's module; returns what a command writes to its result file. */
export type AgentFunction = (task: Task, context: FunctionContext) => Promise<unknown>;

const defaultGracePeriod = 5_000;
const tailSize = 64 * 1024;

/**
 * Calls the default export of an ES module in this process.
 *
 * @param module path of the module, relative to the configuration
 * @param options.gracePeriod milliseconds that an aborted function may take to end before it is
 *   left behind; 5 s when not given
 */
export function functionExecutor(
  module: string,
  { gracePeriod = defaultGracePeriod }: { readonly gracePeriod?: number } = {},
): Executor {
  return async (input, context) => {
    const secrets = secretValues(context.env);
    const tail = createOutputTail({ size: tailSize, secrets, onOutput: context.onOutput });
    const fail = (failure: AttemptFailure): ExecutorOutcome => {
      const outputTail = tail.text();
      const evidence = outputTail === '' ? {} : { evidence: outputTail };
      return { ok: false, failure: { ...failure, ...evidence }, result: {}, outputTail };
    };
    if (context.signal.aborted) return fail(abortFailure(context.signal.reason));
    const loaded = await loadFunction(resolve(context.configDirectory, module));
    if (!('call' in loaded)) return fail(loaded.failure);

    const { task, ...rest } = input;
    const { runId, attempt, epoch, directory, signal, line } = context;
    const key = { runId, taskId: task.id, epoch };
    const env = { ...context.env, ...attemptVariables(key) };
    const before = await newestProcess();
    let handoff: Handoff | undefined;
    // A function may throw before its first await, or not be async at all.
    const running = Promise.resolve().then(() =>
      loaded.call(task, {
        ...rest,
        ...{ runId, attempt, epoch, directory, signal, env },
        log: tail.append,
        handoff: (given) => void (handoff = given),
        ...{ send: line.send, onDiscovery: line.onDiscovery },
      }),
    );
    const settled = running.then(
      (value) => ({ kind: 'returned' as const, value }),
      (error: unknown) => ({ kind: 'threw' as const, error }),
    );
    const end = await untilAbandoned(settled, signal, gracePeriod);
    await stopStrays(key, before, gracePeriod);
    if (signal.aborted) return fail(abortFailure(signal.reason));
    if (end === undefined || end.kind === 'threw') return fail(thrownFailure(end?.error, secrets));
    const reported = checkValue(
      handoff === undefined ? end.value : withHandoff(end.value, handoff),
    );
    if (!reported.ok) {
      const message = `The function's result cannot be used: ${reported.problem}.`;
      return fail({ class: 'error', message });
    }
    return { ok: true, result: reported.result, outputTail: tail.text() };
  };
}

async function loadFunction(
  path: string,
): Promise<{ readonly call: AgentFunction } | { readonly failure: AttemptFailure }> {
  const permanent = (why: string) => ({
    failure: { class: 'permanent' as const, message: `The agent's module ${path} ${why}` },
  });
  if (!(await stat(path).catch(() => undefined))) {
    return permanent('does not exist: correct `module` in aurora.config.');
  }
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as typeof loaded;
  } catch (error) {
    return permanent(`cannot be loaded: ${errorMessage(error)}`);
  }
  if (typeof loaded.default !== 'function') {
    return permanent('needs a default export `async (task, ctx) => result`.');
  }
  return { call: loaded.default as AgentFunction };
}

/** What the function came to, or undefined when it went on after the abort and the grace period. */
async function untilAbandoned<T>(
  settled: Promise<T>,
  signal: AbortSignal,
  gracePeriod: number,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const abandoned = new Promise<undefined>((leave) => {
    onAbort = () => {
      timer = setTimeout(() => leave(undefined), gracePeriod);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([settled, abandoned]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function withHandoff(value: unknown, handoff: Handoff): unknown {
  return typeof value === 'object' && value !== null ? { ...value, handoff } : { handoff };
}

function checkValue(value: unknown): ReturnType<typeof checkResultText> {
  try {
    return checkResultText(JSON.stringify(value ?? {}) ?? '{}');
  } catch (error) {
    return { ok: false, problem: `it cannot be written as JSON: ${errorMessage(error)}` };
  }
}
