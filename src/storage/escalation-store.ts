import { and, desc, eq, sql, type SQL } from 'drizzle-orm';
import { AuroraError } from '../domain/errors.ts';
import { deadlineTime } from '../domain/run-limits.ts';
import { actionsFor, isAboutFailure, type EscalationAction } from '../domain/escalation.ts';
import { taskSchema, type Task } from '../domain/task.ts';
import { raiseBudget } from './budget-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { unparkTasks } from './park-store.ts';
import { reassignTask } from './reassignment-store.ts';
import { requestAbort } from './run-store.ts';
import { escalations, runs, tasks } from './schema/index.ts';
import { planSplit, skipParts, writeSplit } from './split-store.ts';
import { getTask, type TaskRow } from './task-store.ts';

export type Escalation = typeof escalations.$inferSelect;

/** Newest first; the open ones when no state is named. */
export async function listEscalations(
  db: DbOrTx,
  runId?: string,
  state: Escalation['state'] | 'all' = 'open',
): Promise<Escalation[]> {
  return db
    .select()
    .from(escalations)
    .where(
      and(
        runId === undefined ? undefined : eq(escalations.runId, runId),
        state === 'all' ? undefined : eq(escalations.state, state),
      ),
    )
    .orderBy(desc(escalations.createdAt));
}

/** @throws AuroraError escalation-not-found */
export async function getEscalation(db: DbOrTx, id: string): Promise<Escalation> {
  const [escalation] = await db.select().from(escalations).where(eq(escalations.id, id));
  if (escalation === undefined) {
    throw new AuroraError('escalation-not-found', `There is no escalation "${id}".`);
  }
  return escalation;
}

/**
 * Answers an escalation exactly once, and changes its task in the same commit. The queue follows
 * afterwards (see `answerEscalation`), or the reconciler has it follow.
 *
 * @throws AuroraError escalation-not-found; state-conflict when it is answered already (says what,
 *   by whom and when) or its task does not wait for it any more; request-invalid when the action
 *   does not fit
 */
export async function resolveEscalation(
  db: Db,
  id: string,
  action: EscalationAction,
): Promise<Escalation> {
  return db.transaction(async (tx) => {
    // Run, task, escalation: the order in which everybody locks them.
    const { runId, taskId } = await getEscalation(tx, id);
    if (action.action === 'abort') {
      await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, runId)).for('update');
    }
    const [task] = await tx
      .select()
      .from(tasks)
      .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)))
      .for('update');
    const [escalation] = await tx
      .select()
      .from(escalations)
      .where(eq(escalations.id, id))
      .for('update');
    if (task === undefined || escalation === undefined) {
      throw new AuroraError('escalation-not-found', `There is no escalation "${id}" any more.`);
    }
    refuseAnswered(escalation);
    refuseUnfit(escalation, task, action);
    const [resolved] = await tx
      .update(escalations)
      .set({ state: 'resolved', answer: action, resolvedAt: sql`now()` })
      .where(eq(escalations.id, id))
      .returning();
    await act(tx, task, escalation, action);
    await appendMessages(tx, [
      ...(action.action === 'raise'
        ? [
            {
              ...{ type: 'RUN_RESUMED' as const, runId, sender: 'maestro', recipient: 'all' },
              payload: {},
            },
          ]
        : []),
      {
        type: 'ESCALATION_RESOLVED',
        runId,
        taskId,
        sender: 'human',
        recipient: 'maestro',
        payload: { action: action.action },
      },
    ]);
    return resolved as Escalation;
  });
}

function refuseAnswered({ id, state, answer, resolvedAt }: Escalation): void {
  if (state === 'open') return;
  const who = answer?.by ?? 'somebody';
  const when = resolvedAt?.toISOString() ?? 'an unknown time';
  throw new AuroraError(
    'state-conflict',
    `Escalation ${id} was answered already: ${answer?.action ?? 'closed'} by ${who} at ${when}.`,
  );
}

function refuseUnfit({ kind }: Escalation, task: TaskRow, { action }: EscalationAction): void {
  const waits = isAboutFailure(kind) ? task.state === 'failed' : task.parkedFor === 'answer';
  if (kind !== 'budget' && !waits) {
    throw new AuroraError(
      'state-conflict',
      `Task "${task.id}" is ${task.state} and does not wait for an answer any more.`,
    );
  }
  if (action === 'answer' && isAboutFailure(kind)) {
    throw new AuroraError(
      'request-invalid',
      `Task "${task.id}" failed and asked nothing: retry it, with advice, instead of answering.`,
    );
  }
  const fitting = actionsFor(kind);
  if (!fitting.includes(action)) {
    throw new AuroraError(
      'request-invalid',
      `"${action}" does not fit a question of the kind ${kind}: ${fitting.join(', ')} do.`,
    );
  }
}

/** Changes the task as the answer says. */
async function act(
  tx: DbOrTx,
  task: TaskRow,
  { kind }: Escalation,
  action: EscalationAction,
): Promise<void> {
  const free = { parkedFor: null, parkedAt: null, epoch: sql`${tasks.epoch} + 1` };
  // Done anew: work that could not be merged all this time may be what is wrong.
  const anew = {
    ...{ failures: 0, retryAt: null, workCommit: null, finishedAt: null },
    deadlineAt: comingDeadline,
  };
  const again = {
    ...free,
    ...(isAboutFailure(kind) ? { ...anew, state: 'waiting' as const } : {}),
  };
  switch (action.action) {
    case 'answer':
    case 'retry':
      return change(tx, task, again);
    case 'edit': {
      await change(tx, task, {
        ...again,
        ...newDeadline(action.changes.deadline),
        spec: editTask(task.spec, action.changes),
      });
      const { agent, by, note } = action;
      if (agent === undefined || agent === task.agent) return;
      return give(tx, await getTask(tx, task.runId, task.id), true, { agent, by, note });
    }
    case 'split':
      await change(tx, task, again);
      return splitFailed(tx, task, action);
    case 'skip':
      await skipParts(tx, task.runId, [task.id]);
      return change(tx, task, {
        ...free,
        state: 'skipped',
        summary: action.note ?? null,
        result: action.result ?? null,
        finishedAt: sql`now()`,
      });
    case 'reassign':
      await change(tx, task, { parkedFor: null, parkedAt: null, deadlineAt: comingDeadline });
      return give(tx, task, isAboutFailure(kind), action);
    case 'raise':
      await raiseBudget(tx, task.runId, action.budget);
      await unparkTasks(tx, task.runId, 'resume');
      return;
    case 'abort':
      await requestAbort(tx, task.runId);
  }
}

async function splitFailed(
  tx: DbOrTx,
  { runId, id }: TaskRow,
  { parts, by, note }: Extract<EscalationAction, { action: 'split' }>,
): Promise<void> {
  const task = await getTask(tx, runId, id);
  const plan = await planSplit(tx, task, parts, 'person');
  if (!plan.ok) {
    throw new AuroraError(
      'request-invalid',
      `Task "${id}" cannot be split like this: ${plan.why}.`,
    );
  }
  const reason = `${by ?? 'somebody'} split it${note === undefined ? '' : `: ${note}`}`;
  await writeSplit(tx, task, plan.parts, reason);
}

/** Gives a task that is locked to the agent that a person names. */
async function give(
  tx: DbOrTx,
  { runId, id: taskId, epoch, agent: from }: TaskRow,
  fresh: boolean,
  {
    agent,
    by,
    note,
  }: Pick<Extract<EscalationAction, { action: 'reassign' }>, 'agent' | 'by' | 'note'>,
): Promise<void> {
  const reason = `${by ?? 'somebody'} gave it from ${from} to ${agent}${note === undefined ? '' : `: ${note}`}`;
  const draft = { runId, taskId, epoch, agent, cause: 'human' as const, reason, fresh };
  if (await reassignTask(tx, draft)) return;
  throw new AuroraError('bug', `Task "${taskId}" could not be reassigned under its lock.`);
}

async function change(
  tx: DbOrTx,
  task: TaskRow,
  values: { readonly [Column in keyof TaskRow]?: TaskRow[Column] | SQL },
): Promise<void> {
  await tx
    .update(tasks)
    .set(values)
    .where(and(eq(tasks.runId, task.runId), eq(tasks.id, task.id)));
}

/** One that has passed would fail the task again at once. */
export const comingDeadline = sql<Date | null>`CASE WHEN ${tasks.deadlineAt} > now() THEN ${tasks.deadlineAt} END`;

const newDeadline = (deadline: string | number | undefined) =>
  deadline === undefined ? {} : { deadlineAt: deadlineTime(deadline, new Date()) };

/** The task with a person's changes, held to the schema that plans are held to. */
function editTask(
  spec: Task,
  { verify = spec.verify, ...changes }: Extract<EscalationAction, { action: 'edit' }>['changes'],
): Task {
  const { verify: _old, ...rest } = spec;
  return taskSchema.parse({ ...rest, ...changes, ...(verify ? { verify } : {}) });
}
