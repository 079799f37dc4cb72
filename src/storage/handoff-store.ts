import { and, asc, count, eq, sql } from 'drizzle-orm';
import { compareCandidates, toCandidate } from '../domain/agent-score.ts';
import { isMeant, type HandedOver, type Handoff } from '../domain/handoff.ts';
import { readAgentStats } from './agent-stats-store.ts';
import { held, thisAttempt, type AttemptRecord, type Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import { reassignTask } from './reassignment-store.ts';
import { agents, attempts, escalations, reassignments, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

/** What became of a handoff. */
export type HandoffResult =
  /** The task has its new assignment; its job is to be replaced. */
  | { readonly kind: 'handed-off'; readonly agent: string; readonly assignment: number }
  /** Nobody can have it, or it was handed on too often; nothing was written. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'fenced' };

/**
 * Ends an attempt by giving its task to another agent, in one commit: the attempt counts as no
 * failure, what it wrote is where the next one starts, and its notes go with the task. Of the agents
 * that are meant the best by score gets it, and one without a live worker only when none has any.
 *
 * @param maxHandoffs how often that may happen to a task since a person last decided about it
 */
export async function handOff(
  db: Db,
  fence: Fence,
  handoff: Handoff,
  record: AttemptRecord,
  maxHandoffs: number,
): Promise<HandoffResult> {
  return db.transaction(async (tx) => {
    const [task] = await tx.select().from(tasks).where(held(fence)).for('update');
    if (task === undefined) return { kind: 'fenced' };
    const before = await countHandoffs(tx, task);
    if (before >= maxHandoffs) {
      const times = `${before} ${before === 1 ? 'time' : 'times'}`;
      return { kind: 'refused', why: `it was handed on ${times} already, and nobody has done it` };
    }
    const meant = (await tx.select().from(agents).orderBy(agents.name)).filter(
      (agent) => agent.name !== task.agent && isMeant(agent, handoff),
    );
    const stats = await readAgentStats(tx, meant);
    const [best] = meant
      .map((agent) => ({ candidate: toCandidate(agent, stats.get(agent.name)), planned: 0 }))
      .sort(compareCandidates);
    if (best === undefined) {
      return { kind: 'refused', why: `no other agent is ${wantedBy(handoff)}` };
    }
    const agent = best.candidate.name;
    const { reason, notes } = handoff;
    await tx
      .update(attempts)
      .set({ ...record, state: 'handed-off', finishedAt: sql`now()` })
      .where(thisAttempt(fence));
    await tx.update(tasks).set({ resumeCommit: record.workCommit }).where(held(fence));
    await appendMessages(tx, [
      {
        ...{ ...fence, type: 'HANDOFF', sender: `agent:${task.agent}`, recipient: 'maestro' },
        payload: { to: agent, reason, ...(notes === undefined ? {} : { notes }) },
      },
    ]);
    await reassignTask(tx, {
      ...{ ...fence, agent, cause: 'handed-off', reason, fresh: false },
      ...(notes === undefined ? {} : { notes }),
    });
    return { kind: 'handed-off', agent, assignment: task.assignment + 1 };
  });
}

/** What was handed on with a task, oldest first. */
export async function listHandedOver(
  db: DbOrTx,
  runId: string,
  taskId: string,
): Promise<HandedOver[]> {
  return db
    .select({
      from: reassignments.fromAgent,
      reason: reassignments.reason,
      notes: reassignments.notes,
    })
    .from(reassignments)
    .where(handoffsOf(runId, taskId))
    .orderBy(asc(reassignments.assignment));
}

const handoffsOf = (runId: string, taskId: string) =>
  and(
    eq(reassignments.runId, runId),
    eq(reassignments.taskId, taskId),
    eq(reassignments.cause, 'handed-off'),
  );

async function countHandoffs(tx: DbOrTx, { runId, id }: TaskRow): Promise<number> {
  const [row] = await tx
    .select({ n: count() })
    .from(reassignments)
    .where(
      and(
        handoffsOf(runId, id),
        sql`${reassignments.createdAt} > coalesce((SELECT max(resolved_at) FROM ${escalations}
              WHERE run_id = ${runId} AND task_id = ${id}), '-infinity')`,
      ),
    );
  return row?.n ?? 0;
}

function wantedBy({ agent, role, capabilities }: Handoff): string {
  const parts = [
    agent === undefined ? undefined : `called "${agent}"`,
    role === undefined ? undefined : `of the role ${role}`,
    capabilities === undefined ? undefined : `able to do ${capabilities.join(', ')}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}
