import { z } from 'zod';
import { AuroraError, type Problem } from '../../domain/errors.ts';
import { escalationActionSchema, type EscalationAction } from '../../domain/escalation.ts';
import { parseSplit } from '../../domain/split-text.ts';
import type { Task } from '../../domain/task.ts';
import { readTaskChanges, taskFieldNames } from './task-fields.ts';

const text = (most: number) => z.string().max(most).default('');

/** What the form of an escalation sends. */
export const answerForm = z.strictObject({
  action: z.enum(['retry', 'skip', 'reassign', 'edit', 'split', 'answer', 'raise', 'abort']),
  words: text(20_000),
  agent: text(100),
  /** YAML or JSON. */
  parts: text(400_000),
  /** Of a budget; empty: not bounded. */
  costUsd: text(30),
  tokens: text(30),
  ...Object.fromEntries(
    taskFieldNames.map((name) => [`task-${name}`, z.string().max(200_000).optional()]),
  ),
});
export type AnswerForm = z.infer<typeof answerForm>;

/**
 * The one field of words means what the button says: advice, an answer, or why.
 *
 * @param task the task as it is, of which only what the form changes is changed
 * @throws AuroraError request-invalid with what is wrong and where
 */
export function readAnswerForm(form: AnswerForm, task: Task): EscalationAction {
  const { action } = form;
  const words = filled(form.words);
  const agent = filled(form.agent);
  const fields = () => {
    switch (action) {
      case 'retry':
        return { advice: words };
      case 'skip':
      case 'abort':
        return { note: words };
      case 'reassign':
        return { agent: agent ?? '', advice: words };
      case 'edit':
        return { changes: readTaskChanges(form, task), agent, advice: words };
      case 'split':
        return { parts: parseSplit(form.parts), advice: words };
      case 'answer':
        return { answer: words };
      case 'raise':
        return { budget: readBudget(form) };
    }
  };
  const parsed = escalationActionSchema.safeParse({ action, by: 'the web page', ...fields() });
  if (parsed.success) return parsed.data;
  const problems: Problem[] = parsed.error.issues.map(({ path, message }) => ({
    ...{ path: path.filter((key) => key !== 'changes').join('.') || action, message },
  }));
  const list = problems.map((each) => `${each.path}: ${each.message}`).join('; ');
  throw new AuroraError('request-invalid', `This cannot be done: ${list}.`, { problems });
}

const filled = (value: string): string | undefined =>
  value.trim() === '' ? undefined : value.trim();

function readBudget({ costUsd, tokens }: AnswerForm) {
  return {
    ...(costUsd.trim() === '' ? {} : { costUsd: Number(costUsd) }),
    ...(tokens.trim() === '' ? {} : { tokens: Number(tokens) }),
  };
}
