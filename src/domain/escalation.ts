import { z } from 'zod';
import type { HandedOver } from './handoff.ts';
import { deadlineSchema } from './run-limits.ts';
import { budgetSchema } from './budget.ts';
import { splitSchema } from './split.ts';
import { agentNameSchema, taskFields } from './task.ts';

/**
 * failure: a task has finally failed. conflict: so has one whose work cannot be merged. question: an
 * attempt asked something and waits. budget: the run has used up its budget and is paused.
 */
export const escalationKinds = ['failure', 'conflict', 'question', 'budget'] as const;
export type EscalationKind = (typeof escalationKinds)[number];

/** Whether it asks about a task that has finally failed. */
export const isAboutFailure = (kind: EscalationKind): boolean =>
  kind === 'failure' || kind === 'conflict';

/** How often an agent may ask about a task before it has failed, when the configuration does not say. */
export const defaultMaxQuestions = 10;

const prose = z.string().trim().min(1).max(20_000);

/** What a person may change of a task: how it is done, not what it is to the plan. */
const taskChangesSchema = z
  .strictObject({
    title: taskFields.title,
    prompt: taskFields.prompt.removeDefault(),
    input: taskFields.input.removeDefault(),
    capabilities: taskFields.capabilities.removeDefault(),
    /** null: nothing is checked any more. */
    verify: taskFields.verify.unwrap().nullable(),
    scope: taskFields.scope.removeDefault(),
    priority: taskFields.priority.removeDefault(),
    maxAttempts: taskFields.maxAttempts.removeDefault(),
    timeout: taskFields.timeout.removeDefault(),
    /** A time, or how long from now. */
    deadline: deadlineSchema,
    idleTimeout: taskFields.idleTimeout.unwrap(),
  })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'name at least one thing to change');

const common = {
  /** Why; for the record. */
  note: z.string().trim().min(1).max(2_000).optional(),
  /** Who answers. */
  by: z.string().trim().min(1).max(200).optional(),
};
const advice = prose.optional();

/** What belongs to each thing that a person can do. Advice and answers reach the next attempts. */
export const escalationBodies = {
  /** A fresh set of attempts. */
  retry: z.strictObject({ advice, ...common }),
  /** Go on without the task; its dependants receive the result that is given for it. */
  skip: z.strictObject({ result: z.json().optional(), ...common }),
  /** A fresh set of attempts by another agent. */
  reassign: z.strictObject({ agent: agentNameSchema, advice, ...common }),
  /** A fresh set of attempts at a changed task, by another agent when one is named. */
  edit: z.strictObject({
    changes: taskChangesSchema,
    agent: agentNameSchema.optional(),
    advice,
    ...common,
  }),
  /** Smaller tasks first; then a fresh set of attempts that put them together. */
  split: z.strictObject({ parts: splitSchema, advice, ...common }),
  /** What the agent asked for: words, or any JSON. */
  answer: z.strictObject({ answer: z.json(), ...common }),
  /** A larger budget for the whole run, which goes on with it. */
  raise: z.strictObject({ budget: budgetSchema, ...common }),
  /** End the whole run. */
  abort: z.strictObject({ ...common }),
};

/** What a person does about an escalation. */
export const escalationActionSchema = z.discriminatedUnion('action', [
  escalationBodies.retry.extend({ action: z.literal('retry') }),
  escalationBodies.skip.extend({ action: z.literal('skip') }),
  escalationBodies.reassign.extend({ action: z.literal('reassign') }),
  escalationBodies.edit.extend({ action: z.literal('edit') }),
  escalationBodies.split.extend({ action: z.literal('split') }),
  escalationBodies.answer.extend({ action: z.literal('answer') }),
  escalationBodies.raise.extend({ action: z.literal('raise') }),
  escalationBodies.abort.extend({ action: z.literal('abort') }),
]);
export type EscalationAction = z.infer<typeof escalationActionSchema>;
export type EscalationActionName = EscalationAction['action'];
export const escalationActions = [
  'retry',
  'skip',
  'reassign',
  'edit',
  'split',
  'answer',
  'raise',
  'abort',
] as const;

/** What fits only one kind of escalation; to abort fits all, the others those about a task. */
const special: Partial<Record<EscalationActionName, EscalationKind>> = {
  answer: 'question',
  raise: 'budget',
};

/** What makes sense for an escalation; `options` of a question are suggested answers instead. */
export function actionsFor(kind: EscalationKind): readonly EscalationActionName[] {
  return escalationActions.filter(
    (action) =>
      action === 'abort' || (special[action] ?? (kind === 'budget' ? undefined : kind)) === kind,
  );
}

/** What people, and agents that had the task, have told its attempts so far, oldest first. */
export interface Guidance {
  readonly answers: readonly { readonly question: string; readonly answer: unknown }[];
  readonly advice: readonly string[];
  /** What earlier agents handed on together with the task. */
  readonly handedOver: readonly HandedOver[];
}
