import type { Agent } from '../../../domain/agent.ts';
import { AuroraError, type Problem } from '../../../domain/errors.ts';
import type { PlanInput } from '../../../domain/plan.ts';
import { isAddressedToAgents } from '../addressed-to-agents.ts';
import { validatePlan } from '../plan-validator.ts';
import type { ModelAnswer } from './model-answer.ts';
import type { quotedText } from './quoted-text.ts';

/** More tasks than this no answer of a model holds that somebody would want to run. */
export const maxModelTasks = 500;

/** What is wrong with an answer, for the model to correct. */
export function answerProblems(
  answer: ModelAnswer,
  spanOf: ReturnType<typeof quotedText>,
  agents: readonly Agent[],
): readonly Problem[] {
  const count = answer.tasks.length;
  if (count > maxModelTasks) {
    const message = `there are ${count.toLocaleString('en-US')}; at most ${maxModelTasks} are taken`;
    return [{ path: 'tasks', message }];
  }
  return [
    ...planProblems(answer, agents),
    ...quoteProblems(answer, spanOf),
    ...coverageProblems(answer),
    ...scopeProblems(answer),
  ];
}

/** Ids, circles, roles, requirements, lengths: what every plan is held to. */
function planProblems(answer: ModelAnswer, agents: readonly Agent[]): readonly Problem[] {
  const plan: PlanInput = {
    version: 1,
    title: answer.title,
    requirements: answer.requirements.map(({ id, title, quote, acceptance }) => ({
      ...{ id, title, text: quote, acceptance },
    })),
    tasks: answer.tasks.map(({ id, title, role, requirements, dependsOn, scope }) => ({
      ...{ id, title, role, requirements, scope, dependsOn: dependsOn.map(({ task }) => task) },
    })),
  };
  try {
    validatePlan(plan, agents);
    return [];
  } catch (error) {
    if (error instanceof AuroraError && error.code === 'plan-invalid') return error.problems;
    throw error;
  }
}

function quoteProblems(
  { requirements }: ModelAnswer,
  spanOf: ReturnType<typeof quotedText>,
): Problem[] {
  return requirements.flatMap(({ quote, acceptance }, index) => {
    const madeUp = [
      ...(spanOf(quote) ? [] : ['quote']),
      ...acceptance.flatMap((each, at) => (spanOf(each) ? [] : [`acceptance[${at}]`])),
    ].map((field) => ({
      path: `requirements[${index}].${field}`,
      message: 'these words are not in the request; copy them exactly, or leave it out',
    }));
    const message = 'this speaks to the agents, not of the product; leave it out';
    const path = `requirements[${index}].quote`;
    return isAddressedToAgents(quote) ? [...madeUp, { path, message }] : madeUp;
  });
}

function coverageProblems({ requirements, tasks }: ModelAnswer): Problem[] {
  const served = new Set(tasks.flatMap((task) => task.requirements));
  return [
    ...requirements.flatMap(({ id }, index) =>
      served.has(id) ? [] : [{ path: `requirements[${index}]`, message: `no task serves ${id}` }],
    ),
    ...tasks.flatMap((task, index) =>
      task.requirements.length > 0
        ? []
        : [{ path: `tasks[${index}].requirements`, message: 'it serves no requirement' }],
    ),
  ];
}

/** Globs stay inside of the repository, and out of git's own files. */
const outside = /^(?:[/\\~]|[a-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)|^\.git(?:[/\\]|$)/i;

function scopeProblems({ tasks }: ModelAnswer): Problem[] {
  return tasks.flatMap(({ scope }, index) =>
    scope.flatMap((glob, at) =>
      outside.test(glob)
        ? [{ path: `tasks[${index}].scope[${at}]`, message: 'it leads out of the repository' }]
        : [],
    ),
  );
}
