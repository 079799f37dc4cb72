import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { generateText, type LanguageModelUsage, stepCountIs } from 'ai';
import type { ModelExecutorSpec } from '../../domain/executor-spec.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { ModelUsage } from '../../domain/model-usage.ts';
import type { OpenedModel } from '../../models/open-model.ts';
import type { ExecutorContext, ExecutorInput, ExecutorResult } from '../executor.ts';
import { openWorktreeFiles } from '../files/worktree-files.ts';
import { maskSecrets, type OutputTail } from '../output-tail.ts';
import { checkResultText } from './check-result.ts';
import { endingTools, modelTools } from './model-tools/index.ts';
import { listenForNews } from './model-tools/news.ts';
import { composePrompt } from './prompt.ts';

export interface ModelLoop {
  readonly spec: ModelExecutorSpec;
  readonly model: OpenedModel;
  readonly input: ExecutorInput;
  readonly context: ExecutorContext;
  readonly tail: OutputTail;
  readonly secrets: readonly string[];
  readonly maxRetries: number;
  readonly gracePeriod: number | undefined;
  /** Takes what one answer has used, and returns what all have. */
  readonly account: (usage: LanguageModelUsage) => Promise<ModelUsage>;
}

export type LoopEnd =
  | { readonly failure: AttemptFailure }
  | { readonly failure?: undefined; readonly said: ExecutorResult };

/**
 * Asks the model, does what its tools are called for, and asks again, until it ends its work or has
 * used up what it may use.
 *
 * @throws whatever the SDK throws when the model cannot be asked
 */
export async function runModelLoop(loop: ModelLoop): Promise<LoopEnd> {
  const { spec, model, input, context, tail, secrets, gracePeriod } = loop;
  const { verify } = input.task;
  const commands = [...(verify === undefined ? [] : [verify]), ...spec.commands];
  const files = await openWorktreeFiles(context.directory, context.onFile);
  const news = listenForNews(context.line);
  const tools = modelTools({
    files,
    commands,
    line: context.line,
    news: news.take,
    program: {
      cwd: context.directory,
      env: context.env,
      confinement: context.confinement,
      attempt: { runId: context.runId, taskId: input.task.id, epoch: context.epoch },
      signal: context.signal,
      onOutput: tail.append,
      secrets,
      ...(gracePeriod === undefined ? {} : { gracePeriod }),
    },
  });
  let usedUp: AttemptFailure | undefined;
  const { steps, text, finishReason } = await generateText({
    model: model.languageModel,
    ...(await promptsFor(input, commands)),
    tools,
    maxRetries: loop.maxRetries,
    abortSignal: context.signal,
    stopWhen: [stepCountIs(spec.maxSteps), () => usedUp !== undefined],
    async onStepFinish({ text: words, toolCalls, usage }) {
      const calls = toolCalls
        .filter(({ toolName }) => toolName !== 'run')
        .map((call) => `[${call.toolName}] ${JSON.stringify(call.input)?.slice(0, 300)}`);
      tail.append([words, ...calls, ''].filter((each, index) => each || index > 0).join('\n'));
      usedUp = usedUpOf(spec, await loop.account(usage));
    },
  }).finally(news.close);
  const calls = steps.at(-1)?.toolCalls ?? [];
  const ending = calls.find((call) => call.toolName in endingTools && call.invalid !== true);
  if (ending !== undefined) {
    tail.append(JSON.stringify(ending.input));
    return endOf(ending.toolName, ending.input, secrets);
  }
  if (usedUp !== undefined) return { failure: usedUp };
  if (calls.length > 0) {
    return { failure: failed(`it has used up its ${spec.maxSteps} steps (maxSteps)`) };
  }
  if (finishReason === 'stop') return endOf('finish', { summary: text }, secrets);
  return { failure: failed(badEnds[finishReason] ?? `its answer ended with "${finishReason}"`) };
}

const badEnds: Readonly<Record<string, string>> = {
  length: "its answer was cut at the model's limit",
  'content-filter': 'the model, or its provider, refuses to go on',
};

const failed = (why: string): AttemptFailure => ({ class: 'error', message: `The model: ${why}.` });

/** What the model said at the end; too large a result is one that cannot be used. */
function endOf(name: string, input: unknown, secrets: readonly string[]): LoopEnd {
  const said = name === 'finish' ? input : { [name]: input };
  const checked = checkResultText(maskSecrets(JSON.stringify(said), secrets));
  if (checked.ok) return { said: checked.result };
  return { failure: failed(`its result cannot be used: ${checked.problem}`) };
}

function usedUpOf(
  { maxTokens, maxCostUsd, model }: ModelExecutorSpec,
  { inputTokens, outputTokens, costUsd }: ModelUsage,
): AttemptFailure | undefined {
  if (maxTokens !== undefined && inputTokens + outputTokens >= maxTokens) {
    return failed(`it has used up its ${maxTokens} tokens (maxTokens)`);
  }
  if (maxCostUsd === undefined) return undefined;
  if (costUsd === null) {
    const message = `What ${model} costs is not known, so that maxCostUsd cannot be kept: give its price under \`models\`.`;
    return { class: 'permanent', message };
  }
  return costUsd < maxCostUsd ? undefined : failed(`it has used up its ${maxCostUsd} US dollars`);
}

/** The task between lines with a mark that nobody who wrote any of it could know. */
async function promptsFor(
  input: ExecutorInput,
  commands: readonly (readonly string[])[],
): Promise<{ readonly system: string; readonly prompt: string }> {
  const mark = randomUUID();
  const template = await readFile(new URL('./prompts/model.md', import.meta.url), 'utf8');
  const allowed = commands.map((words) => `\`${words.join(' ')}\``).join(', ') || 'none';
  return {
    system: template.replace('{{mark}}', mark).replace('{{commands}}', () => allowed),
    prompt: `${mark}\n${composePrompt(input)}${mark}\n`,
  };
}
