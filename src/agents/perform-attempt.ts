import type { Agent } from '../domain/agent.ts';
import { deadlineFailure } from '../domain/deadline.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { Handoff } from '../domain/handoff.ts';
import type { Split } from '../domain/split.ts';
import { moveWork } from '../git/move-work.ts';
import type { AttemptRecord, CompletedOutcome, Fence } from '../storage/attempt-store.ts';
import { type ClaimedTask } from '../storage/claim-store.ts';
import { databaseFault } from '../storage/database-fault.ts';
import { clearPublishing } from '../storage/publishing-store.ts';
import { AttemptStopped, isOwnFault, stopReasonOf, type StopReason } from './attempt-signal.ts';
import type { ExecutorResult } from './executor.ts';
import { failureOf } from './failure-of.ts';
import { FencedOut } from './fenced-out.ts';
import { mergeAttempt } from './merge-attempt.ts';
import { refuseWhenTaken } from './refuse-when-taken.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { whenRepositoryAnswers } from './when-repository-answers.ts';
import { workOnTask, type AttemptDraft } from './work-on-task.ts';

type Question = NonNullable<ExecutorResult['ask']>;

export type AttemptOutcome =
  | { readonly kind: 'done'; readonly completed: CompletedOutcome }
  | {
      readonly kind: 'failed';
      readonly failure: AttemptFailure;
      readonly record: AttemptRecord;
      /** What the executor said about it. */
      readonly words: ExecutorResult;
    }
  /** It waits for an answer; what it had written is kept. */
  | { readonly kind: 'asked'; readonly ask: Question; readonly record: AttemptRecord }
  /** Smaller tasks shall be done first; what it had written is kept with the attempt. */
  | { readonly kind: 'split'; readonly split: Split; readonly record: AttemptRecord }
  /** Somebody else shall do it; what it had written is kept. */
  | { readonly kind: 'handed-off'; readonly handoff: Handoff; readonly record: AttemptRecord }
  /** It did not end by itself; what it had written is kept. */
  | {
      readonly kind: 'stopped';
      readonly reason: Exclude<StopReason, 'timeout' | 'deadline'>;
      readonly record: AttemptRecord;
    };

/**
 * One attempt: recall lessons, work in a worktree, verify, commit, merge. Everything that goes wrong
 * is an outcome, except being fenced out.
 *
 * @throws FencedOut when the epoch is old
 */
export async function performAttempt(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { task } = claimed;
  const draft: AttemptDraft = {
    record: { summary: null, workCommit: null, verified: null, usage: null, output: null },
    words: {},
  };
  const failed = (failure: AttemptFailure): AttemptOutcome => {
    const reason = stopReasonOf(signal);
    if (reason === 'deadline' && task.deadlineAt !== null) {
      return {
        kind: 'failed',
        failure: deadlineFailure(task.deadlineAt, failure.evidence),
        ...draft,
      };
    }
    return reason === undefined || isOwnFault(reason)
      ? { kind: 'failed', failure, ...draft }
      : { kind: 'stopped', reason, record: draft.record };
  };
  try {
    if (task.workCommit === null) {
      await discardPublication(deps, claimed);
      const failure = await workOnTask(deps, agent, claimed, fence, signal, draft);
      if (failure !== null) return failed(failure);
      const { ask, handoff, split } = draft.words;
      if (ask !== undefined) {
        refuseWhenTaken(signal);
        return { kind: 'asked', ask, record: draft.record };
      }
      if (handoff !== undefined) {
        refuseWhenTaken(signal);
        return { kind: 'handed-off', handoff, record: draft.record };
      }
      if (split !== undefined) {
        refuseWhenTaken(signal);
        return { kind: 'split', split, record: draft.record };
      }
    } else {
      // An earlier attempt did the work and died before its merge was recorded: only merge.
      deps.log.info({ workCommit: task.workCommit }, 'resuming at the merge');
      draft.words = resumedWords(claimed);
      draft.record = {
        ...draft.record,
        summary: task.summary,
        workCommit: task.workCommit,
      };
    }
    const merged = await whenRepositoryAnswers(deps, claimed, fence, signal, () =>
      mergeAttempt(deps, agent, claimed, fence, signal, draft),
    );
    if ('class' in merged) return failed(merged);
    return {
      kind: 'done',
      completed: {
        ...draft.record,
        result: draft.words.result ?? null,
        mergeCommit: merged.mergeCommit,
      },
    };
  } catch (error) {
    if (error instanceof FencedOut) throw error;
    if (error instanceof AttemptStopped && !isOwnFault(error.reason)) {
      return { kind: 'stopped', reason: error.reason, record: draft.record };
    }
    deps.log.warn({ err: databaseFault(error)?.cause ?? error }, 'attempt stopped by an error');
    return failed(failureOf(error));
  }
}

/** Work that is not wanted any more, but that a sleeping attempt may still be about to publish. */
async function discardPublication(
  { workspaces, database }: TaskRunnerDeps,
  { run, task, epoch }: ClaimedTask,
): Promise<void> {
  if (task.publishing === null || run.repository === null) return;
  // The epoch before ours had no attempt, or one whose own work this is.
  const key = { runId: run.id, taskId: task.id, epoch: task.epoch };
  await moveWork(await workspaces.mirrors.open(run.repository), task.publishing.commit, key);
  await clearPublishing(database.db, { ...task, epoch });
}

function resumedWords({ task }: ClaimedTask): ExecutorResult {
  return {
    ...(task.summary === null ? {} : { summary: task.summary }),
    ...(task.result === null ? {} : { result: task.result as ExecutorResult['result'] }),
  };
}
