import { and, eq, sql } from 'drizzle-orm';
import type { MessageDraft } from '../domain/message.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { listAborted } from './run-store.ts';
import { attempts, tasks } from './schema/index.ts';
import type { AttemptRow, TaskRow } from './task-store.ts';

/** Names an attempt; every side effect carries it and is refused when the epoch is old. */
export interface Fence {
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
}

/** The task, as long as the attempt holds it. */
export const held = (fence: Fence) =>
  and(
    eq(tasks.runId, fence.runId),
    eq(tasks.id, fence.taskId),
    eq(tasks.epoch, fence.epoch),
    eq(tasks.state, 'running'),
  );
export const thisAttempt = (fence: Fence) =>
  and(
    eq(attempts.runId, fence.runId),
    eq(attempts.taskId, fence.taskId),
    eq(attempts.epoch, fence.epoch),
  );

/**
 * Notes facts about a running attempt, with the messages that tell of them.
 *
 * @returns false when the epoch is old; then nothing is written
 */
export async function noteAttempt(
  db: Db,
  fence: Fence,
  facts: Partial<Pick<AttemptRow, 'lessons' | 'withheldLessons' | 'baseCommit'>>,
  drafts: readonly MessageDraft[] = [],
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // The row's lock keeps a newer claim out until the messages are written.
    const [task] = await tx.select({ id: tasks.id }).from(tasks).where(held(fence)).for('share');
    if (task === undefined) return false;
    if (Object.keys(facts).length > 0) {
      await tx.update(attempts).set(facts).where(thisAttempt(fence));
    }
    await appendMessages(tx, drafts);
    return true;
  });
}

/** What an attempt has achieved, as far as it is known before its merge. */
export interface PreparedOutcome {
  readonly workCommit: string;
  readonly summary: string | null;
  readonly result: unknown;
}

/**
 * Records committed work before its merge is published. If the worker dies in between, the next
 * claimant merges this work instead of doing it again.
 *
 * @returns fenced when the epoch is old, aborted when the run is to end: nothing may be published
 */
export async function prepareOutcome(
  db: Db,
  fence: Fence,
  outcome: PreparedOutcome,
): Promise<'prepared' | 'fenced' | 'aborted'> {
  return db.transaction(async (tx) => {
    const changed = await tx
      .update(tasks)
      .set({ ...outcome, publishing: { epoch: fence.epoch, commit: outcome.workCommit } })
      .where(held(fence))
      .returning({ id: tasks.id });
    if (changed.length === 0) return 'fenced';
    const aborted = await listAborted(tx, [fence.runId]);
    return aborted.length === 0 ? 'prepared' : 'aborted';
  });
}

export interface AttemptRecord extends Pick<
  AttemptRow,
  'summary' | 'workCommit' | 'verified' | 'usage' | 'output'
> {}

export interface CompletedOutcome extends AttemptRecord {
  readonly result: unknown;
  readonly mergeCommit: string | null;
}

/** Commits success with its message. @returns false when the epoch is old */
export async function completeTask(
  db: Db,
  fence: Fence,
  outcome: CompletedOutcome,
): Promise<boolean> {
  const { result, mergeCommit, ...record } = outcome;
  return db.transaction(async (tx) => {
    const changed = await tx
      .update(tasks)
      .set({
        state: 'done',
        summary: outcome.summary,
        result,
        workCommit: outcome.workCommit,
        mergeCommit,
        publishing: null,
        failure: null,
        finishedAt: sql`now()`,
      })
      .where(held(fence))
      .returning({ agent: tasks.agent });
    if (changed[0] === undefined) return false;
    await tx
      .update(attempts)
      .set({ ...record, state: 'succeeded', finishedAt: sql`now()` })
      .where(thisAttempt(fence));
    await appendMessages(tx, [
      {
        ...fence,
        type: 'TASK_COMPLETE',
        sender: `agent:${changed[0].agent}`,
        recipient: 'maestro',
        payload: {
          ...(outcome.summary === null ? {} : { summary: outcome.summary }),
          ...(mergeCommit === null ? {} : { mergeCommit }),
        },
      },
    ]);
    return true;
  });
}

/** Hands a task back unharmed (shutdown). @returns false when the epoch is old */
export async function releaseTask(db: Db, fence: Fence, output: string | null): Promise<boolean> {
  return db.transaction(async (tx) => {
    const changed = await tx
      .update(tasks)
      .set({ state: 'waiting' })
      .where(held(fence))
      .returning({ id: tasks.id });
    if (changed.length === 0) return false;
    await tx
      .update(attempts)
      .set({ state: 'released', output, finishedAt: sql`now()` })
      .where(thisAttempt(fence));
    return true;
  });
}

/** Ends a task that an attempt holds, because its run is aborted. @returns false when the epoch is old */
export async function cancelClaimed(db: Db, fence: Fence): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [task] = await tx.select().from(tasks).where(held(fence)).for('update');
    if (task === undefined) return false;
    await cancelTask(tx, task);
    return true;
  });
}

/** Ends a task whose run is aborted; its running attempt, if any, is fenced out by a new epoch. */
export async function cancelTask(
  tx: DbOrTx,
  task: Pick<TaskRow, 'runId' | 'id' | 'epoch'>,
): Promise<void> {
  await tx
    .update(tasks)
    .set({
      state: 'cancelled',
      epoch: task.epoch + 1,
      parkedFor: null,
      parkedAt: null,
      finishedAt: sql`now()`,
    })
    .where(and(eq(tasks.runId, task.runId), eq(tasks.id, task.id)));
  await tx
    .update(attempts)
    .set({ state: 'released', finishedAt: sql`now()` })
    .where(
      and(
        eq(attempts.runId, task.runId),
        eq(attempts.taskId, task.id),
        eq(attempts.state, 'running'),
      ),
    );
}
