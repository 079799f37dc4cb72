import { z } from 'zod';
import type { Problem } from '../../../domain/errors.ts';
import { qualityCategories, requirementKinds } from '../../../domain/requirement.ts';
import { roles } from '../../../domain/role.ts';
import { located } from '../plan-source.ts';

/**
 * What a model is asked for. All is required and nothing is bounded, since providers hold answers to
 * a part of JSON Schema only; the bounds are those of a plan, and checked afterwards. It has no field
 * for a command: a model names none.
 */
export const modelAnswerSchema = z.object({
  title: z.string(),
  requirements: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(requirementKinds),
      category: z.enum(qualityCategories).nullable(),
      title: z.string(),
      quote: z.string(),
      priority: z.enum(['must', 'should', 'could']),
      acceptance: z.array(z.string()),
    }),
  ),
  tasks: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      role: z.enum(roles),
      requirements: z.array(z.string()),
      dependsOn: z.array(z.object({ task: z.string(), reason: z.string() })),
      goal: z.string(),
      changesCode: z.boolean(),
      scope: z.array(z.string()),
    }),
  ),
  questions: z.array(z.string()),
});

export type ModelAnswer = z.infer<typeof modelAnswerSchema>;

/** Reads an answer, also one in a Markdown fence, as many models write it. */
export function readModelAnswer(text: string): ModelAnswer | readonly Problem[] {
  const bare = /^\s*```(?:json)?\s*\n([^]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  let content: unknown;
  try {
    content = JSON.parse(bare);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [{ path: 'answer', message: `is not one JSON object: ${error.message}` }];
  }
  const parsed = modelAnswerSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map(({ path, message }) => ({
    path: path.length === 0 ? 'answer' : located(path, undefined),
    message,
  }));
}
