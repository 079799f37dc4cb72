import { randomUUID } from 'node:crypto';
import type { ModelMessage } from 'ai';
import type { Agent } from '../../../domain/agent.ts';
import { shareSpent } from '../../../domain/budget.ts';
import type { Problem } from '../../../domain/errors.ts';
import { addUsage, nothingUsed, type ModelUsage } from '../../../domain/model-usage.ts';
import type { PlannerSettings } from '../../../domain/planner-settings.ts';
import type { OpenedModel } from '../../../models/open-model.ts';
import type { PlanningResult } from '../../../domain/planning-result.ts';
import { limitTime } from '../../../domain/time-limit.ts';
import { readRepositoryFacts } from '../repository-facts.ts';
import type { PlanningRequest } from '../request-planner.ts';
import { answeredPlan } from './answered-plan.ts';
import { answerProblems } from './answer-problems.ts';
import { askForPlan, type GivenAnswer } from './ask-for-plan.ts';
import { readModelAnswer, type ModelAnswer } from './model-answer.ts';
import { plannerPrompts } from './planner-prompts.ts';
import { quotedText } from './quoted-text.ts';

/** Characters of its own answer that a model is shown again. */
const maxAnswerShown = 60_000;
/** Problems that the notice names. */
const maxProblemsNamed = 3;

/** A plan of a model, or why there is none. */
export interface ModelPlanning {
  readonly planning: PlanningResult | undefined;
  /** In sentences; empty when there is a plan. */
  readonly why: string;
  /** How often the model was told what was wrong. */
  readonly repairs: number;
  readonly usage: ModelUsage;
}

/**
 * Asks a model for a plan, and tells it what is wrong with its answer as often as the settings allow.
 *
 * @throws the reason of `request.signal` when that is aborted
 */
export async function planByModel(
  model: OpenedModel,
  settings: PlannerSettings,
  request: PlanningRequest,
): Promise<ModelPlanning> {
  const { request: text, agents, meter } = request;
  const facts = await readRepositoryFacts(request.repositoryDirectory);
  const prompts = await plannerPrompts(randomUUID(), { request: text, agents, facts });
  const spanOf = quotedText(text);
  const messages: ModelMessage[] = [{ role: 'user', content: prompts.request }];
  const signal = limitTime(settings.timeout, request.signal);
  let usage = nothingUsed;
  for (let repairs = 0; ; repairs++) {
    const without = (why: string) => ({ planning: undefined, why, repairs, usage });
    const refusal = overBudget(settings, usage) ?? (await meter?.refusal());
    if (refusal !== undefined) return without(refusal);
    let given: GivenAnswer;
    try {
      given = await askForPlan(model, { system: prompts.system, messages }, signal);
    } catch (error) {
      request.signal?.throwIfAborted();
      const failure = model.failureOf(error);
      return without(`${failure.message} (${failure.class}).`);
    }
    usage = addUsage(usage, given.usage);
    await meter?.record(given.usage);
    if (given.finishReason === 'content-filter') return without(`${model.reference} refused it.`);
    const answer = readAnswer(given, spanOf, agents);
    if ('requirements' in answer) {
      if (answer.requirements.length === 0) return without(foundNothing(model, answer));
      return { planning: answeredPlan(answer, text, spanOf, facts), why: '', repairs, usage };
    }
    if (repairs >= settings.maxRepairs) return without(unmended(model, answer, repairs));
    messages.push(
      { role: 'assistant', content: given.text.slice(0, maxAnswerShown) || '(nothing)' },
      { role: 'user', content: prompts.repair(answer) },
    );
  }
}

/** The answer, or what is wrong with it. */
function readAnswer(
  { text, finishReason }: GivenAnswer,
  spanOf: ReturnType<typeof quotedText>,
  agents: readonly Agent[],
): ModelAnswer | readonly Problem[] {
  if (finishReason === 'length') {
    return [{ path: 'answer', message: 'it was cut off: make a smaller plan, with shorter goals' }];
  }
  const answer = readModelAnswer(text);
  if (!('requirements' in answer) || answer.requirements.length === 0) return answer;
  const problems = answerProblems(answer, spanOf, agents);
  return problems.length === 0 ? answer : problems;
}

function overBudget({ budget, model }: PlannerSettings, used: ModelUsage): string | undefined {
  if (budget === undefined) return undefined;
  if (budget.costUsd !== undefined && used.costUsd === null) {
    return `What ${model} costs is not known, so its budget in US dollars cannot be kept: give its price under models.`;
  }
  const spent = { tokens: used.inputTokens + used.outputTokens, costUsd: used.costUsd ?? 0 };
  return shareSpent(budget, spent) < 1 ? undefined : 'The budget of the planner is used up.';
}

function foundNothing({ reference }: OpenedModel, { questions }: ModelAnswer): string {
  return [`${reference} found nothing to build.`, ...questions.slice(0, 1)].join(' ').slice(0, 500);
}

function unmended(
  { reference }: OpenedModel,
  problems: readonly Problem[],
  repairs: number,
): string {
  const named = problems
    .slice(0, maxProblemsNamed)
    .map(({ path, message }) => `${path}: ${message}`.slice(0, 200))
    .join('; ');
  const more =
    problems.length > maxProblemsNamed ? `; and ${problems.length - maxProblemsNamed} more` : '';
  return `The answer of ${reference} was not usable, after ${repairs} ${repairs === 1 ? 'repair' : 'repairs'}: ${named}${more}.`;
}
