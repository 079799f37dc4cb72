import type { Agent } from '../domain/agent.ts';
import { decideFailure } from '../domain/decide-failure.ts';
import { AuroraError } from '../domain/errors.ts';
import { blamelessFailureClasses, type AttemptFailure } from '../domain/failure.ts';
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
import { failAttempt, type FailureFacts } from '../storage/failure-store.ts';
import { isParked } from '../storage/park-store.ts';
import { refreshBlocked } from '../storage/run-store.ts';
import { AttemptStopped } from './attempt-signal.ts';
import { FencedOut } from './fenced-out.ts';
import { performAttempt, type AttemptOutcome } from './perform-attempt.ts';
import { attemptKey } from './running-attempts.ts';
import { rememberFailure } from './remember-failure.ts';
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
      return parked(db, data);
    case 'early':
      return { kind: 'later', delay: claim.delay };
    case 'failed':
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

/** What timers can wait, in milliseconds; longer ones would fire at once. */
const longestTimer = 2 ** 31 - 1;

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
  const timer = setTimeout(
    () => stop.abort(new AttemptStopped('timeout', `it took longer than ${task.spec.timeout} ms`)),
    Math.min(task.spec.timeout, longestTimer),
  );
  const key = attemptKey(fence);
  deps.running.set(key, { ...fence, stop, lastOutput: 0 });
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
    clearTimeout(timer);
    deps.running.delete(key);
    if (claimed.isLimited) await deps.handOutRoom(run.id);
    deps.notify(run.id);
  }
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
    if (!(await completeTask(db, fence, outcome.completed))) throw new FencedOut();
    deps.log.info({ mergeCommit: outcome.completed.mergeCommit }, 'task done');
    await refreshBlocked(db, fence.runId);
    return { kind: 'finished', everParked };
  }
  if (outcome.kind === 'failed') {
    return settleFailure(
      deps,
      agent,
      claimed,
      fence,
      outcome.failure,
      outcome.record,
      outcome.words,
    );
  }
  if (outcome.kind === 'asked') {
    if (!(await askHuman(db, fence, outcome.ask, outcome.record))) throw new FencedOut();
    deps.log.info({}, 'the agent asks a question');
    deps.tellEscalation();
    await refreshBlocked(db, fence.runId);
    return parked(db, fence);
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

async function settleFailure(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  failure: AttemptFailure,
  record: AttemptRecord,
  words: Parameters<typeof rememberFailure>[3],
): Promise<TaskVerdict> {
  const { db } = deps.database;
  const { task } = claimed;
  // Before the failure is recorded: whoever claims the next attempt finds the lesson.
  if (!blamelessFailureClasses.includes(failure.class)) {
    await rememberFailure(deps, claimed, failure, words);
  }
  const { maxAttempts } = task.spec;
  const decide = (facts: FailureFacts) =>
    decideFailure({
      ...facts,
      ...{ failure, agent: task.agent, maxAttempts, random: deps.random() },
      ...{ suspendedFor: null, budgetLeft: null, canSplit: false },
    });
  const decision = await failAttempt(db, fence, failure, record, decide, agent.strongerAgent);
  if (decision === null) throw new FencedOut();
  deps.log.warn(
    { class: failure.class, decision: decision.kind, reason: decision.reason },
    `attempt failed: ${failure.message}`,
  );
  switch (decision.kind) {
    case 'retry':
      return { kind: 'retry', delay: decision.delay, reason: failure.message };
    case 'wait':
      return { kind: 'later', delay: decision.delay };
    case 'reassign':
    case 'stronger': {
      // The task has its new assignment in the record; this job sees to it that the next one is there.
      const { agent: next } = decision;
      const replacement = { agent: next, assignment: task.assignment + 1 };
      const { priority } = task.spec;
      return {
        kind: 'stale',
        everParked: task.parkings > 0,
        replacement: { ...replacement, priority },
      };
    }
    case 'split':
    case 'escalate':
      deps.tellEscalation();
      await refreshBlocked(db, fence.runId);
      return { kind: 'failed', reason: `${failure.message} (${decision.reason})` };
  }
}
