import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { agentSchema } from '../domain/agent.ts';
import type { Problem } from '../domain/errors.ts';
import { executorSchema, executorTypes } from '../domain/executor-spec.ts';
import { modelPriceSchema, modelProviderSchema } from '../domain/model.ts';
import { plannerSettingsSchema } from '../domain/planner-settings.ts';

const knownKeys = [
  ...['agents', 'models', 'planner'],
  ...Object.keys(modelProviderSchema.shape),
  ...Object.keys(modelPriceSchema.shape),
  ...Object.keys(plannerSettingsSchema.shape),
  ...Object.keys(agentSchema.shape),
  ...executorSchema.options.flatMap((option) => Object.keys(option.shape)),
];

/** One of zod's findings about a configuration in words, with what was probably meant. */
export function describeConfigIssue(issue: z.core.$ZodIssue, content: unknown): Problem[] {
  const place = issue.path.join('.') || '(top level)';
  const problem = (message: string) => [{ path: place, message }];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.flatMap((key) => problem(`unknown key "${key}"${suggest(key, knownKeys)}`));
  }
  const given = issue.path.reduce<unknown>(
    (value, key) =>
      // An executor by its name alone.
      typeof value === 'string' && key === 'type'
        ? value
        : (value as Record<PropertyKey, unknown> | undefined)?.[key],
    content,
  );
  if (given === undefined && issue.path.length === 0) {
    return problem('exports nothing by default; write `export default { agents: { … } }`');
  }
  const choices =
    issue.code === 'invalid_value'
      ? issue.values.map(String)
      : issue.code === 'invalid_union' && issue.path.at(-1) === 'type'
        ? executorTypes
        : undefined;
  if (choices !== undefined) {
    const found = given === undefined ? 'is missing' : `"${String(given)}" is unknown`;
    const hint = suggest(String(given), choices);
    return problem(`${found}${hint}; there are ${choices.join(', ')}`);
  }
  if (given === undefined) return problem('is missing');
  return problem(issue.message);
}

function suggest(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  return distance(word, near) <= 2 ? `, did you mean "${near}"?` : '';
}
