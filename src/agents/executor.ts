import type { z } from 'zod';
import type { Agent } from '../domain/agent.ts';
import type { Guidance } from '../domain/escalation.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { ClashBrief } from '../domain/merge-clash.ts';
import type { Lesson } from '../domain/memory.ts';
import type { Requirement } from '../domain/requirement.ts';
import type { Task } from '../domain/task.ts';
import type { AttemptLine } from './attempt-line.ts';
import type { Confinement } from './confinement/confinement.ts';
import type { executorResultSchema } from './executor-result.ts';

/** What a task that this one depends on, or a part of it, has left behind. */
export interface DependencyOutcome {
  readonly id: string;
  readonly title: string;
  readonly summary: string | null;
  readonly result: unknown;
}

/** All that an executor is told; the command executor writes `input` to stdin as JSON. */
export interface ExecutorInput {
  readonly task: Task;
  readonly requirements: readonly Requirement[];
  readonly dependencies: readonly DependencyOutcome[];
  /** What became of its parts, when it was split: they are done, and it is to put them together. */
  readonly parts: readonly DependencyOutcome[];
  /** The task that it is a part of; null for a task of the plan. */
  readonly partOf: Pick<Task, 'id' | 'title' | 'prompt'> | null;
  /** What earlier failures taught, most relevant first. */
  readonly lessons: readonly Lesson[];
  /** What people answered to this task's questions, oldest first. */
  readonly answers: Guidance['answers'];
  /** What people advised after earlier attempts had failed, oldest first. */
  readonly advice: Guidance['advice'];
  /** What earlier agents handed on together with the task, oldest first. */
  readonly handedOver: Guidance['handedOver'];
  /** Why the task's earlier work could not be merged: the folder holds that merge, to be finished. */
  readonly clash: ClashBrief | null;
  /** Further memories that fit the task. */
  readonly context: readonly { readonly content: string; readonly why: readonly string[] }[];
  /** Lessons and memories that fit the task, but not the token budget. */
  readonly leftOut: number;
}

export interface ExecutorContext {
  readonly runId: string;
  readonly agent: Agent;
  readonly attempt: number;
  readonly epoch: number;
  /** The task's worktree, or an empty scratch folder when the run has no repository. */
  readonly directory: string;
  /** Outside of the worktree, for the executor's own files: it makes it and removes it. */
  readonly privateDirectory: string;
  /** Where relative module paths of the configuration start. */
  readonly configDirectory: string;
  /** Aborted when the attempt times out, loses its epoch, or is cancelled. */
  readonly signal: AbortSignal;
  /** Environment variables the executor may see, already scrubbed. */
  readonly env: Readonly<Record<string, string>>;
  /** Called with output as it comes; for logs and for noticing silence. */
  readonly onOutput: (chunk: string) => void;
  /** Called with each file of the worktree that Aurora itself writes for the agent. */
  readonly onFile: (path: string) => void;
  /** How far its programs can reach; undefined for as far as their user. */
  readonly confinement?: Confinement | undefined;
  /** How the attempt speaks and hears while it is at work. */
  readonly line: AttemptLine;
}

export type ExecutorResult = z.infer<typeof executorResultSchema>;

export type ExecutorOutcome =
  | { readonly ok: true; readonly result: ExecutorResult; readonly outputTail: string }
  | {
      readonly ok: false;
      readonly failure: AttemptFailure;
      /** What it reported before it failed, its own reflexion for instance. */
      readonly result: ExecutorResult;
      readonly outputTail: string;
    };

/**
 * How an agent does its work. Resolves with an outcome for everything the agent can do wrong
 * (non-zero exit, bad result file, no such command); throws only for bugs of ours.
 */
export type Executor = (input: ExecutorInput, context: ExecutorContext) => Promise<ExecutorOutcome>;
