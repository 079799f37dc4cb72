import { z } from 'zod';
import { messageKinds } from './message-kinds.ts';

/** What a running agent may say by itself; the rest Aurora says for it. */
export const agentMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('TASK_PROGRESS'),
    payload: messageKinds.TASK_PROGRESS.payload,
  }),
  z.strictObject({
    type: z.literal('PATTERN_STORE'),
    payload: messageKinds.PATTERN_STORE.payload,
  }),
  z.strictObject({
    type: z.literal('CONTEXT_REQUEST'),
    payload: messageKinds.CONTEXT_REQUEST.payload,
  }),
]);
export type AgentMessage = z.infer<typeof agentMessageSchema>;

/** The answer to a CONTEXT_REQUEST; null for messages that ask nothing. */
export interface AgentContext {
  readonly items: readonly {
    readonly id: string;
    readonly content: string;
    readonly why: readonly string[];
  }[];
  /** Share of the memory's tiers that answered in time, 0 to 1. */
  readonly completeness: number;
}

/**
 * Something that another agent of the run has found out while this one is at work, or (tag
 * `scope-moved`) has merged within its scope, or (tag `files-shared`) is changing as well.
 */
export interface Discovery {
  /** Id of its message; grows. */
  readonly id: number;
  readonly taskId: string;
  readonly content: string;
  readonly tags: readonly string[];
  /** Of a merge: its commit, and the files that changed. */
  readonly moved?: { readonly commit: string; readonly files: readonly string[] };
  /** Of work side by side: the files that both are changing. */
  readonly shared?: { readonly files: readonly string[] };
}
