import type { z } from 'zod';
import type { Agent } from '../../domain/agent.ts';
import { AuroraError } from '../../domain/errors.ts';
import { maxTasks, planSchema, type Plan } from '../../domain/plan.ts';
import type { PlanningResult } from '../../domain/planning-result.ts';
import { agentProblems } from './plan-agents.ts';
import { graphProblems } from './plan-graph.ts';
import { looseTasks, looseRequirementIds } from './loose-plan.ts';
import { located, type PlanSource } from './plan-source.ts';
import type { PlanProblem } from './plan-problem.ts';
import { requirementProblems } from './plan-requirements.ts';
import { didYouMean } from './suggestion.ts';
import { allAtOnce, inTurns } from './steps.ts';

/** How many problems the error's own sentence shows; all are in `problems`. */
const shown = 20;

/**
 * Checks a plan against its schema, its graph, its requirements and the configured agents, and
 * reports every problem at once.
 *
 * @throws AuroraError `plan-invalid` with `problems`
 */
export function validatePlan(...plan: Parameters<typeof validation>): PlanningResult {
  return allAtOnce(validation(...plan));
}

/**
 * The same for those who have others to serve meanwhile: each step takes a tenth of a second where a
 * plan has 20,000 tasks.
 *
 * @throws AuroraError `plan-invalid` with `problems`
 */
export async function validateInTurns(
  ...plan: Parameters<typeof validation>
): Promise<PlanningResult> {
  return inTurns(validation(...plan));
}

function* validation(
  input: unknown,
  agents: readonly Agent[],
  source?: PlanSource,
): Generator<undefined, PlanningResult> {
  const parsed = planSchema.safeParse(input);
  yield;
  const tasks = looseTasks(input);
  const problems: PlanProblem[] = parsed.success ? [] : schemaProblems(parsed.error.issues, input);
  if (tasks.length > maxTasks) {
    problems.push({
      path: ['tasks'],
      message: `the plan has ${tasks.length.toLocaleString('en-US')} tasks; at most ${maxTasks.toLocaleString('en-US')} are taken`,
    });
  }
  yield;
  problems.push(...graphProblems(tasks));
  yield;
  problems.push(
    ...requirementProblems(tasks, looseRequirementIds(input)),
    ...agentProblems(tasks, agents),
  );
  if (!parsed.success || problems.length > 0) throw invalid(problems, source);
  return { plan: parsed.data, reasons: statedReasons(parsed.data), questions: [] };
}

function schemaProblems(issues: readonly z.core.$ZodIssue[], input: unknown): PlanProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known =
        issue.path[0] === 'tasks' ? taskKeys : issue.path.length === 0 ? planKeys : requirementKeys;
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: `"${key}" is not a known key${didYouMean(key, known)}`,
      }));
    }
    if (issue.code === 'invalid_value') {
      const given = valueAt(input, issue.path);
      const names = issue.values.map(String);
      const hint = typeof given === 'string' ? didYouMean(given, names) : '';
      return [
        { path: issue.path, message: `${printed(given)} is not one of ${names.join(', ')}${hint}` },
      ];
    }
    return [{ path: issue.path, message: issue.message }];
  });
}

const planKeys = Object.keys(planSchema.shape);
const taskKeys = Object.keys(planSchema.shape.tasks.element.shape);
const requirementKeys = Object.keys(planSchema.shape.requirements.unwrap().element.shape);

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    input,
  );
}

function printed(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function statedReasons({ tasks }: Plan): PlanningResult['reasons'] {
  const reasons: Record<string, Record<string, string>> = {};
  for (const { id, dependsOn } of tasks) {
    const own: Record<string, string> = (reasons[id] = {});
    for (const dependency of dependsOn) own[dependency] = 'stated in the plan';
  }
  return reasons;
}

function invalid(found: readonly PlanProblem[], source: PlanSource | undefined): AuroraError {
  const problems = found.map(({ path, message }) => ({ path: located(path, source), message }));
  const lines = problems.slice(0, shown).map(({ path, message }) => `  ${path}: ${message}`);
  const more = problems.length > shown ? [`  … and ${problems.length - shown} more`] : [];
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new AuroraError('plan-invalid', [`The plan has ${count}:`, ...lines, ...more].join('\n'), {
    problems,
  });
}
