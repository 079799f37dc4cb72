import { and, eq, isNotNull, max, or, sql } from 'drizzle-orm';
import type { AgentScore } from '../domain/agent-score.ts';
import { assignTasks } from '../domain/assignment.ts';
import { divideTask } from '../domain/divide-task.ts';
import { AuroraError } from '../domain/errors.ts';
import { deadlineTime } from '../domain/run-limits.ts';
import type { Split } from '../domain/split.ts';
import type { Task } from '../domain/task.ts';
import { readAgentStats } from './agent-stats-store.ts';
import { held, thisAttempt, type AttemptRecord, type Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { insertLinks } from './plan-store.ts';
import { attempts, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';
import { listAgents } from './worker-store.ts';

/** Parts that a task can become, with who is to do them; or why it cannot. */
export type SplitPlan =
  | { readonly ok: true; readonly parts: readonly PlannedPart[] }
  | { readonly ok: false; readonly why: string };

interface PlannedPart {
  readonly task: Task;
  readonly agent: string;
  readonly score: AgentScore | null;
}

/** What is said of a task that an executor wants to split again. */
const splitBefore = 'it was split before: its parts are done, and it is to put them together';

/**
 * Works out what would become of a task that its caller has locked: names, limits, and who does what.
 * Nothing is written.
 *
 * @param by an executor splits a task once; a person may do so again
 */
export async function planSplit(
  tx: DbOrTx,
  task: TaskRow,
  split: Split,
  by: 'executor' | 'person',
): Promise<SplitPlan> {
  const { runId, id, spec, splitDepth } = task;
  const known = await tx
    .select({ id: tasks.id, parentId: tasks.parentId })
    .from(tasks)
    .where(
      and(
        eq(tasks.runId, runId),
        // Names of parts begin with that of their task, of which a long one is cut.
        or(isNotNull(tasks.parentId), sql`starts_with(${tasks.id}, ${id.slice(0, 20)})`),
      ),
    );
  const taken = new Set(known.map((each) => each.id));
  const parts = known.filter(({ parentId }) => parentId === id).length;
  if (parts > 0 && by === 'executor') return { ok: false, why: splitBefore };
  const division = divideTask({ spec, splitDepth, parts }, split, {
    parts: known.filter(({ parentId }) => parentId !== null).length,
    isTaken: (name) => taken.has(name),
  });
  if (!division.ok) return division;
  const agents = await listAgents(tx);
  try {
    const assigned = assignTasks(division.parts, agents, await readAgentStats(tx, agents));
    return {
      ok: true,
      parts: division.parts.map((part, index) => ({
        task: part,
        agent: assigned[index]?.agent ?? '',
        score: assigned[index]?.score ?? null,
      })),
    };
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'plan-invalid') throw error;
    return {
      ok: false,
      why: error.problems.map((each) => `${each.path}: ${each.message}`).join('; '),
    };
  }
}

/**
 * Writes the parts of a task that its caller has locked, and has the task wait for them with a fresh
 * set of attempts. Their jobs come into the queue with the next step of the task's own job.
 *
 * @param reason why, in words
 */
export async function writeSplit(
  tx: DbOrTx,
  task: TaskRow,
  planned: readonly PlannedPart[],
  reason: string,
): Promise<void> {
  const { runId, id: parentId, spec } = task;
  const ids = planned.map((part) => part.task.id);
  const [last] = await tx
    .select({ position: max(tasks.position) })
    .from(tasks)
    .where(eq(tasks.runId, runId));
  const first = (last?.position ?? -1) + 1;
  await tx.insert(tasks).values(
    planned.map((part, index) => ({
      ...{ runId, id: part.task.id, parentId, splitDepth: task.splitDepth + 1 },
      ...{ position: first + index, queued: false, spec: part.task },
      ...{ agent: part.agent, assignmentScore: part.score },
      deadlineAt:
        part.task.deadline === undefined
          ? task.deadlineAt
          : deadlineTime(part.task.deadline, new Date()),
    })),
  );
  const reasons = Object.fromEntries(ids.map((id) => [id, 'it is a part of it']));
  await insertLinks(tx, runId, [
    ...planned.map((part) => ({ task: part.task, reasons: {} })),
    { task: { ...spec, dependsOn: ids, requirements: [] }, reasons },
  ]);
  await tx
    .update(tasks)
    .set({
      spec: { ...spec, dependsOn: [...spec.dependsOn, ...ids] },
      ...{ state: 'waiting', failures: 0, retryAt: null, finishedAt: null },
      ...{ parkedFor: null, parkedAt: null, workCommit: null, resumeCommit: null },
    })
    .where(and(eq(tasks.runId, runId), eq(tasks.id, parentId)));
  await appendMessages(tx, [
    {
      ...{ type: 'TASK_SPLIT' as const, runId, taskId: parentId, epoch: task.epoch },
      ...{ sender: 'maestro', recipient: 'all', payload: { parts: ids, reason } },
    },
    ...planned.map((part) => ({
      ...{ type: 'TASK_CREATED' as const, runId, taskId: part.task.id, sender: 'maestro' },
      ...{ recipient: `agent:${part.agent}`, payload: { title: part.task.title } },
    })),
  ]);
}

/**
 * Skips what is unfinished of the parts of tasks that nobody needs any more, and of their parts;
 * attempts under way are fenced out, open questions closed.
 */
export async function skipParts(
  tx: DbOrTx,
  runId: string,
  taskIds: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    WITH RECURSIVE part AS (
      SELECT id FROM aurora.tasks
       WHERE run_id = ${runId} AND parent_id = ANY(${sql.param([...taskIds])}::text[])
      UNION
      SELECT t.id FROM aurora.tasks t JOIN part ON t.parent_id = part.id WHERE t.run_id = ${runId}
    ), skipped AS (
      UPDATE aurora.tasks t
         SET state = 'skipped', epoch = epoch + 1, parked_for = NULL, parked_at = NULL,
             retry_at = NULL, finished_at = now(),
             summary = 'Not needed any more: the task that it is a part of was skipped.'
        FROM part WHERE t.run_id = ${runId} AND t.id = part.id
         AND t.state IN ('waiting', 'running', 'failed')
      RETURNING t.id
    ), stopped AS (
      UPDATE aurora.attempts a SET state = 'released', finished_at = now() FROM skipped
       WHERE a.run_id = ${runId} AND a.task_id = skipped.id AND a.state = 'running'
    )
    UPDATE aurora.escalations e
       SET state = 'resolved', resolved_at = now(),
           answer = '{"action": "skip", "by": "whoever skipped the whole task"}'
      FROM skipped WHERE e.run_id = ${runId} AND e.task_id = skipped.id AND e.state = 'open'`);
}

/** What became of a split that an attempt ended with. */
export type SplitResult =
  | { readonly kind: 'split'; readonly parts: readonly string[] }
  /** It cannot be split like this; nothing was written. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'fenced' };

/**
 * Ends an attempt by splitting its task, in one commit: the attempt counts as no failure, the parts
 * are tasks of the run, and the task waits for them.
 */
export async function splitTask(
  db: Db,
  fence: Fence,
  split: Split,
  record: AttemptRecord,
): Promise<SplitResult> {
  return db.transaction(async (tx) => {
    const [task] = await tx.select().from(tasks).where(held(fence)).for('update');
    if (task === undefined) return { kind: 'fenced' };
    const plan = await planSplit(tx, task, split, 'executor');
    if (!plan.ok) return { kind: 'refused', why: plan.why };
    await tx
      .update(attempts)
      .set({ ...record, state: 'split', proposal: split, finishedAt: sql`now()` })
      .where(thisAttempt(fence));
    await writeSplit(tx, task, plan.parts, record.summary ?? 'its agent finds it too large');
    return { kind: 'split', parts: plan.parts.map((part) => part.task.id) };
  });
}
