import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { FailureDecision } from '../domain/decide-failure.ts';
import { actionsFor } from '../domain/escalation.ts';
import type { FailureCase } from '../domain/failure-case.ts';
import type { AttemptFailure, FailureClass } from '../domain/failure.ts';
import { newId } from '../domain/id.ts';
import type { ReflexionInput } from '../domain/memory.ts';
import type { MessageDraft } from '../domain/message.ts';
import type { Split } from '../domain/split.ts';
import { held, thisAttempt, type AttemptRecord, type Fence } from './attempt-store.ts';
import { readBudgetLeft } from './budget-store.ts';
import { noteAgentFailure } from './circuit-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { reassignTask } from './reassignment-store.ts';
import { getRun } from './run-store.ts';
import { attempts, escalations, tasks } from './schema/index.ts';
import { planSplit, writeSplit, type SplitPlan } from './split-store.ts';
import { listSubstitutes } from './substitute-store.ts';
import type { TaskRow } from './task-store.ts';

/** Failures that say nothing against work that waits for its merge. */
const keepsWork: readonly FailureClass[] = ['transient', 'unavailable'];

/** What the record knows of a failed attempt's task. */
export type FailureFacts = Pick<
  FailureCase,
  | ('failures' | 'waits' | 'hops' | 'others' | 'stronger' | 'suspendedFor' | 'budgetLeft')
  | 'unsplittable'
>;

export interface FailedAttempt {
  readonly failure: AttemptFailure;
  /** What it has in common with other failures of its agent; null when it says nothing of the agent. */
  readonly signature: string | null;
  readonly record: AttemptRecord;
  /** The smaller tasks that it proposes, should nothing else help. */
  readonly proposal: Split | null;
  /** What it teaches, for memory to take in. */
  readonly lesson: ReflexionInput | null;
  /** Name of the agent's stronger alternative, if it has one. */
  readonly strongerAgent: string | undefined;
}

export interface DecidedFailure {
  readonly decision: FailureDecision;
  /** The runs that were told, when it was the failure that suspended the agent. */
  readonly suspendedIn: readonly string[] | null;
}

/**
 * Commits a failed attempt with what the failure rule decides about it, and the messages that tell
 * of it. One transaction: what the decision rests on cannot change before it is committed, and a
 * failure is decided once. Work that is waiting for its merge outlives a transient failure (a
 * repository that is away, for instance).
 *
 * @returns the decision; null when the epoch is old
 */
export async function failAttempt(
  db: Db,
  fence: Fence,
  { failure, signature, record, proposal, lesson, strongerAgent }: FailedAttempt,
  decide: (facts: FailureFacts) => FailureDecision,
): Promise<DecidedFailure | null> {
  return db.transaction(async (tx) => {
    const [task] = await tx.select().from(tasks).where(held(fence)).for('update');
    if (task === undefined) return null;
    const run = await getRun(tx, fence.runId);
    const { suspendedFor, told } = await noteAgentFailure(
      ...([tx, fence, task.agent, signature, failure.message] as const),
    );
    const { proposed, ...history } = await readHistory(tx, task);
    const plan = await planProposed(tx, task, proposal ?? proposed);
    const decision = decide({
      suspendedFor,
      budgetLeft: await readBudgetLeft(tx, run),
      ...history,
      ...(await listSubstitutes(tx, task, strongerAgent)),
      unsplittable: plan.ok ? null : plan.why,
    });
    const delay = 'delay' in decision ? decision.delay : null;
    const counts = decision.kind !== 'wait';
    const final = decision.kind === 'escalate';
    await tx
      .update(tasks)
      .set({
        state: final ? 'failed' : 'waiting',
        failures: counts ? task.failures + 1 : task.failures,
        retryAt: delay === null ? null : sql`clock_timestamp() + ${delay} * interval '1 ms'`,
        ...(keepsWork.includes(failure.class) ? {} : { workCommit: null, resumeCommit: null }),
        failure,
        ...(final ? { finishedAt: sql`now()` } : {}),
      })
      .where(held(fence));
    await tx
      .update(attempts)
      .set({
        ...record,
        state: counts ? 'failed' : 'deferred',
        failure,
        proposal,
        signature,
        decision,
        memoryDue: lesson,
        retryDelay: delay,
        finishedAt: sql`now()`,
      })
      .where(thisAttempt(fence));
    if (final) {
      await tx
        .insert(escalations)
        .values({
          ...fence,
          id: newId('esc'),
          kind: failure.clash === undefined ? 'failure' : 'conflict',
          question: `Task "${fence.taskId}" failed after ${task.failures + 1} attempt(s): ${failure.message} (${decision.reason})`,
          options: actionsFor('failure'),
        })
        .onConflictDoNothing();
    }
    if ('agent' in decision) {
      const { agent, reason } = decision;
      const why = `${failure.message} (${reason})`;
      await reassignTask(tx, { ...fence, agent, cause: 'failed', reason: why, fresh: false });
    }
    if (decision.kind === 'split' && plan.ok) {
      await writeSplit(tx, task, plan.parts, `${failure.message} (${decision.reason})`);
    }
    await appendMessages(tx, messagesOf(fence, task, failure, decision));
    return { decision, suspendedIn: told };
  });
}

/** Attempts since the task began, or since a person last answered for it and its count went to 0. */
async function readHistory(
  tx: DbOrTx,
  task: TaskRow,
): Promise<Pick<FailureCase, 'failures' | 'waits' | 'hops'> & { readonly proposed: Split | null }> {
  const ended = await tx
    .select({
      agent: attempts.agent,
      state: attempts.state,
      retryDelay: attempts.retryDelay,
      proposal: attempts.proposal,
      kind: sql<FailureDecision['kind'] | null>`${attempts.decision}->>'kind'`,
    })
    .from(attempts)
    .where(
      and(
        eq(attempts.runId, task.runId),
        eq(attempts.taskId, task.id),
        inArray(attempts.state, ['failed', 'deferred']),
      ),
    )
    .orderBy(desc(attempts.epoch));
  const failures: Record<string, number> = { [task.agent]: 1 };
  const waits = { count: 0, total: 0 };
  let [counted, hops] = [0, 0];
  let proposed: Split | null = null;
  for (const attempt of ended) {
    if (attempt.state === 'failed' && counted++ === task.failures) break;
    if (attempt.state === 'failed') {
      failures[attempt.agent] = (failures[attempt.agent] ?? 0) + 1;
    } else {
      waits.count++;
      waits.total += attempt.retryDelay ?? 0;
    }
    if (attempt.kind === 'reassign' || attempt.kind === 'stronger') hops++;
    proposed ??= attempt.proposal;
  }
  return { failures, waits, hops, proposed };
}

/** The latest proposal of how to split a task, as far as it can be followed. */
async function planProposed(tx: DbOrTx, task: TaskRow, proposal: Split | null): Promise<SplitPlan> {
  if (proposal === null) return { ok: false, why: 'no attempt has said how to split it' };
  const plan = await planSplit(tx, task, proposal, 'executor');
  return plan.ok ? plan : { ok: false, why: `it cannot be split as proposed: ${plan.why}` };
}

function messagesOf(
  fence: Fence,
  task: TaskRow,
  failure: AttemptFailure,
  decision: FailureDecision,
): MessageDraft[] {
  const sender = `agent:${task.agent}`;
  if (decision.kind === 'wait') {
    const stage = `waits ${Math.ceil(decision.delay / 1_000)} s: ${failure.message}`.slice(
      0,
      2_000,
    );
    return [{ ...fence, type: 'TASK_PROGRESS', sender, recipient: 'maestro', payload: { stage } }];
  }
  const final = decision.kind === 'escalate';
  const retryDelay = 'delay' in decision ? decision.delay : null;
  const failed: MessageDraft = {
    ...fence,
    type: 'TASK_FAILED',
    sender,
    recipient: 'maestro',
    payload: { class: failure.class, message: failure.message, final, retryDelay },
  };
  if (!final) return [failed];
  const reason = failure.message;
  return [
    failed,
    {
      ...fence,
      type: 'ESCALATION_OPENED',
      sender: 'maestro',
      recipient: 'human',
      payload: { reason },
    },
  ];
}
