import { z } from 'zod';
import { deliveryKinds } from './delivery.ts';
import { failureClasses } from './failure.ts';
import type { PartyKind } from './message-party.ts';
import { reassignmentCauses } from './reassignment.ts';

interface MessageKind<Payload extends z.ZodType = z.ZodType> {
  /** Who may send it, and to whom. */
  readonly from: readonly PartyKind[];
  readonly to: readonly PartyKind[];
  /** What it speaks of. A message about an attempt carries the task and its epoch. */
  readonly about: 'run' | 'task' | 'attempt';
  readonly payload: Payload;
}

const kind = <Payload extends z.ZodType>(one: MessageKind<Payload>) => one;

const text = z.string().max(100_000);
const tags = z.array(z.string().min(1).max(100)).max(50);

/**
 * Every message there is: the seed's seven ("Communication Protocol"), and ours beside them. Each
 * with its direction and the schema of its payload; {@link checkMessage} holds messages to it.
 */
export const messageKinds = {
  TASK_CREATED: kind({
    from: ['maestro'],
    to: ['agent'],
    about: 'task',
    payload: z.strictObject({ title: text }),
  }),
  TASK_ASSIGNED: kind({
    from: ['maestro'],
    to: ['worker'],
    about: 'attempt',
    payload: z.strictObject({ agent: text, attempt: z.int().positive() }),
  }),
  TASK_REASSIGNED: kind({
    from: ['maestro'],
    to: ['agent'],
    about: 'attempt',
    payload: z.strictObject({
      /** The agent that had it. */
      from: text,
      cause: z.enum(reassignmentCauses),
      reason: text,
    }),
  }),
  TASK_SPLIT: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'task',
    payload: z.strictObject({
      /** The ids of its parts. */
      parts: z.array(text).min(1),
      reason: text,
    }),
  }),
  TASK_PROGRESS: kind({
    from: ['agent'],
    to: ['maestro'],
    about: 'attempt',
    payload: z.strictObject({
      /** What it is doing, in a few words. */
      stage: z.string().trim().min(1).max(2_000),
      /** How far the attempt has come, 0 to 1. */
      share: z.number().min(0).max(1).optional(),
    }),
  }),
  TASK_COMPLETE: kind({
    from: ['agent'],
    to: ['maestro'],
    about: 'attempt',
    payload: z.strictObject({ summary: text.optional(), mergeCommit: text.optional() }),
  }),
  TASK_FAILED: kind({
    from: ['agent'],
    to: ['maestro'],
    about: 'attempt',
    payload: z.strictObject({
      class: z.enum(failureClasses),
      message: z.string(),
      /** Whether no further attempt follows by itself. */
      final: z.boolean(),
      /** Milliseconds until the next attempt. */
      retryDelay: z.number().nullable(),
    }),
  }),
  HANDOFF: kind({
    from: ['agent'],
    to: ['maestro'],
    about: 'attempt',
    payload: z.strictObject({
      /** The agent that gets the task. */
      to: text,
      reason: text,
      /** What it should know. */
      notes: text.optional(),
    }),
  }),
  CONTEXT_REQUEST: kind({
    from: ['agent'],
    to: ['memory'],
    about: 'attempt',
    payload: z.strictObject({
      query: z.string().trim().min(1).max(10_000),
      limit: z.int().min(1).max(50).optional(),
    }),
  }),
  CONTEXT_RESPONSE: kind({
    from: ['memory'],
    to: ['agent'],
    about: 'attempt',
    payload: z.strictObject({
      /** Ids of the lessons and of the memories that were given. */
      lessons: z.array(z.string()),
      items: z.array(z.string()),
      /** Share of the memory's tiers that answered in time, 0 to 1. */
      completeness: z.number().min(0).max(1),
      /** Lessons and memories that did not fit into the token budget. */
      leftOut: z.int().min(0).default(0),
    }),
  }),
  PATTERN_STORE: kind({
    from: ['agent'],
    to: ['memory'],
    about: 'attempt',
    payload: z.strictObject({
      /** What the agent found out, for whoever can use it. */
      content: z.string().trim().min(1).max(100_000),
      tags: tags.optional(),
    }),
  }),
  SCOPE_MOVED: kind({
    from: ['agent'],
    to: ['agent'],
    about: 'attempt',
    payload: z.strictObject({
      /** Whose work was merged. */
      by: text,
      /** Its merge commit. */
      commit: text,
      /** What of it lies in the scope of the attempt that is told, the first hundred. */
      files: z.array(text).min(1).max(100),
    }),
  }),
  FILES_SHARED: kind({
    from: ['agent'],
    to: ['agent'],
    about: 'attempt',
    payload: z.strictObject({
      /** The other task that is under way. */
      with: text,
      /** What both are changing, as far as that is new, the first hundred. */
      files: z.array(text).min(1).max(100),
    }),
  }),
  ESCALATION_OPENED: kind({
    from: ['maestro'],
    to: ['human'],
    about: 'attempt',
    payload: z.strictObject({ reason: z.string() }),
  }),
  ESCALATION_RESOLVED: kind({
    from: ['human'],
    to: ['maestro'],
    about: 'task',
    payload: z.strictObject({ action: z.string() }),
  }),
  AGENT_SUSPENDED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({
      agent: text,
      /** The failure that its attempts keep ending with. */
      reason: z.string(),
    }),
  }),
  AGENT_RESUMED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({
      agent: text,
      /** Who or what found it well. */
      by: text,
    }),
  }),
  RUN_SUBMITTED: kind({
    from: ['producer'],
    to: ['maestro'],
    about: 'run',
    payload: z.strictObject({ title: text }),
  }),
  RUN_PLANNED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({
      tasks: z.int().nonnegative(),
      requirements: z.int().nonnegative(),
    }),
  }),
  RUN_STARTED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({}),
  }),
  RUN_PAUSED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({}),
  }),
  RUN_BUDGET_LOW: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    /** The share of the budget that is used up. */
    payload: z.strictObject({ share: z.number().min(0) }),
  }),
  RUN_RESUMED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({}),
  }),
  RUN_APPROVED: kind({
    from: ['human'],
    to: ['maestro'],
    about: 'run',
    payload: z.strictObject({ by: text.optional() }),
  }),
  RUN_AMENDED: kind({
    from: ['human'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({
      /** The plan's new revision; the first plan is 1. */
      revision: z.int().positive(),
      /** Tasks that were added or are different now. */
      tasks: z.int().nonnegative(),
    }),
  }),
  RUN_RETRIED: kind({
    from: ['human'],
    to: ['maestro'],
    about: 'run',
    payload: z.strictObject({ tasks: z.int().nonnegative() }),
  }),
  RUN_BLOCKED: kind({
    from: ['maestro'],
    to: ['human'],
    about: 'run',
    payload: z.strictObject({}),
  }),
  RUN_DELIVERED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({
      kind: z.enum(deliveryKinds),
      /** The branch or the file; of a pull request, the branch that it is for. */
      target: text,
      commit: text,
      url: text.optional(),
    }),
  }),
  RUN_DELIVERY_FAILED: kind({
    from: ['maestro'],
    to: ['human'],
    about: 'run',
    payload: z.strictObject({ kind: z.enum(deliveryKinds), target: text, reason: text }),
  }),
  RUN_FINISHED: kind({
    from: ['maestro'],
    to: ['all'],
    about: 'run',
    payload: z.strictObject({
      state: z.enum(['done', 'failed', 'cancelled']),
      error: z.string().optional(),
    }),
  }),
} as const;

export type MessageType = keyof typeof messageKinds;
export type PayloadOf<Type extends MessageType> = z.input<(typeof messageKinds)[Type]['payload']>;
