import type { Agent } from '../domain/agent.ts';
import { AuroraError } from '../domain/errors.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { TaskDelivery, TaskVerdict } from '../queue/agent-worker.ts';
import type { TaskJobData } from '../queue/run-flow.ts';
import {
  cancelClaimed,
  completeTask,
  releaseTask,
  type AttemptRecord,
  type Fence,
} from '../storage/attempt-store.ts';
import { finishAborted } from '../storage/abort-store.ts';
import { claimTask, type ClaimedTask } from '../storage/claim-store.ts';
import { askHuman } from '../storage/ask-store.ts';
import type { Db } from '../storage/database.ts';
import { databaseFault } from '../storage/database-fault.ts';
import { isParked } from '../storage/park-store.ts';
import { refreshBlocked } from '../storage/refresh-blocked.ts';
import { AttemptStopped } from './attempt-signal.ts';
import { FencedOut } from './fenced-out.ts';
import { performAttempt, type AttemptOutcome } from './perform-attempt.ts';
import { attemptKey } from './running-attempts.ts';
import { reviewMerge } from './review-merge.ts';
import { settleFailure } from './settle-failure.ts';
import { settleHandoff } from './settle-handoff.ts';
import { settleSplit, waitsForParts } from './settle-split.ts';
import { tellScopes } from './tell-scopes.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/**
 * One delivery of a task's job: claim, carry out, record the outcome. Whatever the queue does
 * (deliver twice, late, or again after a crash), the record decides, and the verdict only repeats
 * to the queue what the record holds.
 */
export async function runTask(
  ...[deps, agent, data, delivery]: Parameters<typeof deliver>
): Promise<TaskVerdict> {
  try {
    return await deliver(deps, agent, data, delivery);
  } catch (error) {
    // The job is tried again; whoever claims the task then finds what is in the record.
    throw presentable(deps, error);
  }
}

async function deliver(
  deps: TaskRunnerDeps,
  agent: Agent,
  data: TaskJobData,
  delivery: TaskDelivery,
): Promise<TaskVerdict> {
  const { db } = deps.database;
  const { runId, generation, taskId, assignment } = data;
  const { jobId, lockToken } = delivery;
  const claim = await claimTask(db, {
    ...{ runId, taskId, generation, assignment, jobId, lockToken },
    workerId: deps.workerId,
  });
  deps.notify(runId);
  switch (claim.kind) {
    case 'finished':
    case 'stale':
      return claim;
    case 'parked':
      if (claim.asked === true) deps.tellEscalation();
      if (claim.leavesRoom === true) await deps.handOutRoom(runId);
      return parked(db, data);
    case 'split':
      return waitsForParts(db, data, claim.everParked);
    case 'early':
      return { kind: 'later', delay: claim.delay };
    case 'failed':
      if (claim.failure.class === 'deadline') {
        // It may have failed just now.
        deps.tellEscalation();
        await refreshBlocked(db, runId);
      }
      return { kind: 'failed', reason: claim.failure.message };
    case 'claimed':
      return carryOut(deps, agent, claim.claimed, delivery);
  }
}

function parked(db: Db, { runId, taskId }: Pick<TaskJobData, 'runId' | 'taskId'>): TaskVerdict {
  return { kind: 'parked', isStillParked: () => isParked(db, runId, taskId) };
}

/** What the queue is told, and shows to everybody, holds neither statements nor values. */
function presentable(deps: TaskRunnerDeps, error: unknown): unknown {
  const fault = databaseFault(error);
  if (fault === undefined) return error;
  deps.log.warn({ err: fault.cause }, fault.message);
  return new AuroraError(fault.passes ? 'database-unavailable' : 'bug', fault.message);
}

/** Files of a merge that are kept with its attempt. */
const maxFiles = 1_000;

/** What timers can wait, in milliseconds; longer ones would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** @param delay milliseconds; null for never */
function stopAfter(
  stop: AbortController,
  delay: number | null,
  reason: AttemptStopped,
): NodeJS.Timeout | undefined {
  if (delay === null) return undefined;
  return setTimeout(() => stop.abort(reason), Math.min(delay, longestTimer));
}

async function carryOut(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  delivery: TaskDelivery,
): Promise<TaskVerdict> {
  const { run, task, epoch, attempt } = claimed;
  const fence: Fence = { runId: run.id, taskId: task.id, epoch };
  const log = deps.log.child({ ...fence, attempt, agent: agent.name });
  const stop = new AbortController();
  const { timeout } = task.spec;
  const timers = [
    stopAfter(stop, timeout, new AttemptStopped('timeout', `it took longer than ${timeout} ms`)),
    stopAfter(stop, claimed.timeLeft, new AttemptStopped('deadline', 'its deadline has passed')),
  ];
  const key = attemptKey(fence);
  const running = {
    ...{ ...fence, stop, lastOutput: 0, isLimited: claimed.isLimited },
    isFollowed: task.gaveWay !== null,
  };
  deps.running.set(key, running);
  const signal = AbortSignal.any([stop.signal, delivery.signal]);
  log.info({}, 'attempt started');
  try {
    const outcome = await performAttempt({ ...deps, log }, agent, claimed, fence, signal);
    return await settle({ ...deps, log }, agent, claimed, fence, outcome);
  } catch (error) {
    if (error instanceof FencedOut) {
      log.warn({}, 'the task has a newer epoch; this attempt changed nothing more');
      // Not stale: should a thawed process have claimed it that has no job any more, then ours is
      // the one that carries the task. The record says so when it is delivered again.
      return { kind: 'later', delay: 0 };
    }
    throw error;
  } finally {
    timers.forEach((timer) => clearTimeout(timer));
    deps.running.delete(key);
    if (running.isLimited) await deps.handOutRoom(run.id);
    if (running.isFollowed) await deps.freeBehind(fence);
    deps.notify(run.id);
  }
}

/** Work that a suspended agent could do shows that it is well. */
async function noteWell(deps: TaskRunnerDeps, { task, probeOf }: ClaimedTask): Promise<void> {
  if (probeOf !== null) await deps.releaseAgent(task.agent, 'a probe that succeeded');
}

/** An attempt that ended well, but with something that cannot be done. */
function refused(failure: AttemptFailure, record: AttemptRecord) {
  return { kind: 'failed' as const, failure, record, words: {} };
}

/** Records an attempt's outcome and says what the queue shall do. */
async function settle(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  outcome: AttemptOutcome,
): Promise<TaskVerdict> {
  const { db } = deps.database;
  const everParked = claimed.task.parkings > 0;
  if (outcome.kind === 'done') {
    const { mergeCommit } = outcome.completed;
    const merged = await reviewMerge(deps, claimed, mergeCommit);
    const kept = { ...merged, files: merged.files?.slice(0, maxFiles) ?? null };
    if (!(await completeTask(db, fence, { ...outcome.completed, ...kept }))) throw new FencedOut();
    deps.log.info({ mergeCommit }, 'task done');
    await tellScopes(deps, claimed, mergeCommit, merged.files);
    await noteWell(deps, claimed);
    await refreshBlocked(db, fence.runId);
    return { kind: 'finished', everParked };
  }
  if (outcome.kind === 'failed') {
    return settleFailure(deps, agent, claimed, fence, outcome);
  }
  if (outcome.kind === 'asked') {
    const { ask, record } = outcome;
    const asked = await askHuman(db, fence, ask, record, deps.maxQuestions);
    if (asked === 'fenced') throw new FencedOut();
    if (asked === 'refused') {
      const message = `The agent has asked ${deps.maxQuestions} times about this task, which is the limit, and asks again: ${ask.question}`;
      const failure = { class: 'permanent' as const, message };
      return settleFailure(deps, agent, claimed, fence, refused(failure, record));
    }
    deps.log.info({}, 'the agent asks a question');
    await noteWell(deps, claimed);
    deps.tellEscalation();
    await refreshBlocked(db, fence.runId);
    return parked(db, fence);
  }
  if (outcome.kind === 'handed-off') {
    const { handoff, record } = outcome;
    const settled = await settleHandoff(deps, claimed, fence, handoff, record);
    if (settled.kind !== 'refused') {
      await noteWell(deps, claimed);
      return settled;
    }
    const message = `The agent wants to hand it on (${handoff.reason}), but ${settled.why}.`;
    const failure = { class: 'handoff' as const, message };
    return settleFailure(deps, agent, claimed, fence, refused(failure, record));
  }
  if (outcome.kind === 'split') {
    const { split, record } = outcome;
    const settled = await settleSplit(deps, claimed, fence, split, record);
    if (settled.kind !== 'refused') {
      await noteWell(deps, claimed);
      return settled;
    }
    const message = `The agent wants to split the task, but ${settled.why}.`;
    const failure = { class: 'error' as const, message };
    return settleFailure(deps, agent, claimed, fence, refused(failure, record));
  }
  switch (outcome.reason) {
    case 'lock-lost':
      throw new FencedOut();
    case 'released':
      if (!(await releaseTask(db, fence, outcome.record.output))) throw new FencedOut();
      deps.log.info({}, 'attempt handed back');
      return { kind: 'later', delay: 0 };
    case 'aborted':
      if (!(await cancelClaimed(db, fence))) throw new FencedOut();
      await finishAborted(db, fence.runId);
      return { kind: 'finished', everParked };
  }
}
