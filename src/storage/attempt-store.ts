import { and, eq, isNull, sql } from 'drizzle-orm';
import type { MessageDraft } from '../domain/message.ts';
import type { Db, DbOrTx } from './database.ts';
import { groupCommit } from './group-commit.ts';
import { appendMessages } from './message-store.ts';
import type { PreventedConflict } from './prevented-conflict-store.ts';
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

interface AttemptNote {
  readonly fence: Fence;
  readonly facts: Partial<
    Pick<AttemptRow, 'lessons' | 'withheldLessons' | 'baseCommit' | 'mergeOf'>
  >;
  readonly drafts: readonly MessageDraft[];
}

/**
 * Notes facts about a running attempt, with the messages that tell of them; what this process notes at
 * the same time is one commit.
 *
 * @returns false when the epoch is old; then nothing is written
 */
export function noteAttempt(
  db: Db,
  fence: Fence,
  facts: AttemptNote['facts'],
  drafts: readonly MessageDraft[] = [],
): Promise<boolean> {
  return noteTogether(db, { fence, facts, drafts });
}

const noteTogether = groupCommit((db: Db, notes: readonly AttemptNote[]) => {
  const given = JSON.stringify(notes.map(({ fence, facts }) => ({ ...fence, ...facts })));
  return db.transaction(async (tx) => {
    // The rows' locks keep newer claims out until the messages are written.
    const { rows } = await tx.execute<FenceRow>(sql`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${given}::jsonb) AS given(
          "runId" text, "taskId" text, epoch int, lessons jsonb, "withheldLessons" jsonb,
          "baseCommit" text, "mergeOf" text)
      ), held AS MATERIALIZED (
        SELECT given.* FROM given JOIN aurora.tasks t
            ON t.run_id = "runId" AND t.id = "taskId" AND t.epoch = given.epoch
         WHERE t.state = 'running'
         ORDER BY t.run_id, t.id FOR SHARE OF t
      ), noted AS (
        UPDATE aurora.attempts a
           SET lessons = coalesce(held.lessons, a.lessons),
               withheld_lessons = coalesce(held."withheldLessons", a.withheld_lessons),
               base_commit = coalesce(held."baseCommit", a.base_commit),
               merge_of = coalesce(held."mergeOf", a.merge_of)
          FROM held
         WHERE a.run_id = "runId" AND a.task_id = "taskId" AND a.epoch = held.epoch
           AND coalesce(held.lessons, held."withheldLessons", to_jsonb(held."baseCommit")) IS NOT NULL
      )
      SELECT "runId" AS run_id, "taskId" AS task_id, epoch FROM held`);
    const current = new Set(rows.map(keyOfRow));
    const answers = notes.map(({ fence }) => current.has(keyOf(fence)));
    await appendMessages(
      tx,
      notes.flatMap(({ drafts }, index) => (answers[index] === true ? drafts : [])),
    );
    return answers;
  });
});

interface FenceRow extends Record<string, unknown> {
  readonly run_id: string;
  readonly task_id: string;
  readonly epoch: number;
}

const keyOf = ({ runId, taskId, epoch }: Fence) => `${runId}/${taskId}/${epoch}`;
const keyOfRow = ({ run_id, task_id, epoch }: FenceRow) => `${run_id}/${task_id}/${epoch}`;

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

export type Usage = NonNullable<AttemptRow['usage']>;

/**
 * Records what an attempt has spent, with that attempt and once, whether or not it still holds its
 * task; nothing else is changed by it.
 */
export async function recordUsage(db: DbOrTx, fence: Fence, usage: Usage): Promise<void> {
  await db
    .update(attempts)
    .set({ usage })
    .where(and(thisAttempt(fence), isNull(attempts.usage)));
}

export interface AttemptRecord extends Pick<
  AttemptRow,
  'summary' | 'workCommit' | 'verified' | 'usage' | 'output'
> {}

export interface CompletedOutcome extends AttemptRecord {
  readonly result: unknown;
  readonly mergeCommit: string | null;
  /** What the merge has changed; what was seen before stays where that is not known. */
  readonly files?: readonly string[] | null;
  readonly prevented?: readonly PreventedConflict[];
}

interface Completion {
  readonly fence: Fence;
  readonly outcome: CompletedOutcome;
}

/**
 * Commits success with its message; what this process completes at the same time is one commit.
 *
 * @returns false when the epoch is old
 */
export function completeTask(db: Db, fence: Fence, outcome: CompletedOutcome): Promise<boolean> {
  return completeTogether(db, { fence, outcome });
}

const completeTogether = groupCommit((db: Db, completions: readonly Completion[]) => {
  const given = JSON.stringify(completions.map(({ fence, outcome }) => ({ ...fence, ...outcome })));
  return db.transaction(async (tx) => {
    const { rows } = await tx.execute<FenceRow & { agent: string }>(sql`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${given}::jsonb) AS given(
          "runId" text, "taskId" text, epoch int, summary text, result jsonb, "workCommit" text,
          "mergeCommit" text, verified jsonb, usage jsonb, output text, files text[],
          prevented jsonb)
      ), held AS MATERIALIZED (
        SELECT given.*, t.agent FROM given JOIN aurora.tasks t
            ON t.run_id = "runId" AND t.id = "taskId" AND t.epoch = given.epoch
         WHERE t.state = 'running'
         ORDER BY t.run_id, t.id FOR UPDATE OF t
      ), done AS (
        UPDATE aurora.tasks t
           SET state = 'done', summary = held.summary, result = held.result,
               work_commit = "workCommit", merge_commit = "mergeCommit", failure = NULL,
               finished_at = now()
          FROM held WHERE t.run_id = "runId" AND t.id = "taskId"
      ), ended AS (
        UPDATE aurora.attempts a
           SET state = 'succeeded', finished_at = now(), summary = held.summary,
               work_commit = "workCommit", verified = held.verified, usage = held.usage,
               output = held.output, files = coalesce(held.files, a.files)
          FROM held WHERE a.run_id = "runId" AND a.task_id = "taskId" AND a.epoch = held.epoch
      ), prevented AS (
        INSERT INTO aurora.prevented_conflicts (run_id, task_id, other_id, path, by)
        SELECT "runId", "taskId", p."otherId", p.path, p.by
          FROM held, jsonb_to_recordset(coalesce(held.prevented, '[]'))
                  AS p("otherId" text, path text, by text)
        ON CONFLICT DO NOTHING
      )
      SELECT "runId" AS run_id, "taskId" AS task_id, epoch, agent FROM held`);
    const agents = new Map(rows.map((row) => [keyOfRow(row), row.agent]));
    const messages: MessageDraft[] = [];
    const answers = completions.map(({ fence, outcome: { summary, mergeCommit } }) => {
      const agent = agents.get(keyOf(fence));
      // The second of two that complete the same attempt comes too late.
      if (agent === undefined || !agents.delete(keyOf(fence))) return false;
      messages.push({
        ...fence,
        type: 'TASK_COMPLETE',
        sender: `agent:${agent}`,
        recipient: 'maestro',
        payload: {
          ...(summary === null ? {} : { summary }),
          ...(mergeCommit === null ? {} : { mergeCommit }),
        },
      });
      return true;
    });
    await appendMessages(tx, messages);
    return answers;
  });
});

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
