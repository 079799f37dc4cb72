import type { Agent } from '../domain/agent.ts';
import { wellFailureClasses } from '../domain/agent-circuit.ts';
import { decideFailure } from '../domain/decide-failure.ts';
import { queuePriority } from '../domain/run-limits.ts';
import { scanSecretsIn } from '../memory/scan-secrets.ts';
import type { TaskVerdict } from '../queue/agent-worker.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { failAttempt, type FailureFacts } from '../storage/failure-store.ts';
import { refreshBlocked } from '../storage/refresh-blocked.ts';
import { failureSignature } from './failure-signature.ts';
import { FencedOut } from './fenced-out.ts';
import type { AttemptOutcome } from './perform-attempt.ts';
import { lessonOfFailure } from './lesson-of-failure.ts';
import { waitsForParts } from './settle-split.ts';
import { storeLessons } from './store-lessons.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/**
 * Records a failed attempt, has the failure rule decide about it, and says what the queue shall do.
 *
 * @throws FencedOut when the epoch is old
 */
export async function settleFailure(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  { failure: raw, record, words }: Extract<AttemptOutcome, { kind: 'failed' }>,
): Promise<TaskVerdict> {
  const { db } = deps.database;
  const { task, probeOf } = claimed;
  const { clash, ...told } = raw;
  const failure = { ...(await scanSecretsIn(told)), ...(clash && { clash }) };
  const signature = failureSignature(failure, task.spec);
  const isCured =
    signature === null ? wellFailureClasses.includes(failure.class) : signature !== probeOf;
  if (probeOf !== null && isCured) {
    await deps.releaseAgent(agent.name, 'a probe that failed for another reason');
  }
  const { maxAttempts } = task.spec;
  const decide = (facts: FailureFacts) =>
    decideFailure({
      ...facts,
      ...{ failure, agent: task.agent, maxAttempts, random: deps.random() },
    });
  const { strongerAgent } = agent;
  const lesson = lessonOfFailure(claimed, failure, words);
  const proposal = words.split ?? null;
  const ended = { failure, signature, record, proposal, lesson, strongerAgent };
  const decided = await failAttempt(db, fence, ended, decide);
  if (decided === null) throw new FencedOut();
  const { decision, suspendedIn } = decided;
  if (lesson !== null) await storeLessons(deps, fence);
  deps.log.warn(
    { class: failure.class, decision: decision.kind, reason: decision.reason },
    `attempt failed: ${failure.message}`,
  );
  if (suspendedIn !== null) {
    deps.log.error(
      { agent: agent.name, reason: failure.message },
      'the agent is suspended: its attempts keep failing for one reason',
    );
    suspendedIn.forEach(deps.notify);
  }
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
      const priority = queuePriority(claimed.run, task.spec);
      return {
        kind: 'stale',
        everParked: task.parkings > 0,
        replacement: { ...replacement, priority },
      };
    }
    case 'split':
      return waitsForParts(db, { ...fence, ...claimed.run }, task.parkings > 0);
    case 'escalate':
      deps.tellEscalation();
      await refreshBlocked(db, fence.runId);
      return { kind: 'failed', reason: `${failure.message} (${decision.reason})` };
  }
}
