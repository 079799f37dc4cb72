import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import {
  circuitThreshold,
  probePause,
  shallSuspend,
  wellFailureClasses,
} from '../domain/agent-circuit.ts';
import type { MessageDraft } from '../domain/message.ts';
import type { Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { appendMessages } from './message-store.ts';
import type { UnparkedTask } from './park-store.ts';
import type { Run } from './run-store.ts';
import { agentCircuits, attempts, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';
import { workerTimeout } from './worker-store.ts';

export type AgentCircuit = typeof agentCircuits.$inferSelect;

/** The agent's row, when it is suspended. */
const ifSuspended = (agent: string) =>
  and(eq(agentCircuits.agent, agent), isNull(agentCircuits.closedAt));

const milliseconds = (count: number) => sql`${count} * interval '1 ms'`;

/** The agents that are suspended now, by name. */
export async function listSuspended(db: DbOrTx): Promise<ReadonlyMap<string, AgentCircuit>> {
  const rows = await db.select().from(agentCircuits).where(isNull(agentCircuits.closedAt));
  return new Map(rows.map((row) => [row.agent, row]));
}

/** SQL: an attempt that began after the agent was suspended is under way: a probe. */
const isProbed = sql`EXISTS (
  SELECT 1 FROM aurora.attempts a JOIN aurora.workers w ON w.id = a.worker_id
   WHERE a.agent = ${agentCircuits.agent} AND a.state = 'running'
     AND a.started_at > ${agentCircuits.openedAt} AND w.stopped_at IS NULL
     AND w.heartbeat_at > now() - make_interval(secs => ${workerTimeout}))`;

/** What became of a task that wants to be claimed for an agent that was seen suspended. */
export type Passage =
  /** It is suspended no longer. */
  | { readonly kind: 'well' }
  /** The task is let through, alone, to find out whether its agent is well by now. */
  | { readonly kind: 'probe'; readonly signature: string }
  | { readonly kind: 'suspended'; readonly reason: string };

/**
 * Asks whether a task of a suspended agent may be tried. The row's lock holds until the claim is
 * committed, so whoever lets the agent's tasks go finds this one parked, or it finds the agent well.
 */
export async function passCircuit(tx: DbOrTx, agent: string): Promise<Passage> {
  const [circuit] = await tx.select().from(agentCircuits).where(ifSuspended(agent)).for('update');
  if (circuit === undefined) return { kind: 'well' };
  const { probes, signature, reason } = circuit;
  const passed = await tx
    .update(agentCircuits)
    .set({
      probes: probes + 1,
      probeAt: sql`clock_timestamp() + ${milliseconds(probePause(probes + 1))}`,
    })
    .where(
      and(
        ifSuspended(agent),
        sql`${agentCircuits.probeAt} <= clock_timestamp()`,
        sql`NOT ${isProbed}`,
      ),
    )
    .returning({ agent: agentCircuits.agent });
  return passed.length > 0 ? { kind: 'probe', signature } : { kind: 'suspended', reason };
}

export interface AgentFailure {
  /** Milliseconds to the next probe, when the agent is suspended for this very reason; else null. */
  readonly suspendedFor: number | null;
  /** The runs that were told, when this failure has suspended it. */
  readonly told: readonly string[] | null;
}

/**
 * Takes in a failure that may be its agent's, and suspends the agent when it keeps failing for that
 * reason: once, however many attempts find out at the same time.
 *
 * @param signature null when the failure says nothing of the agent
 */
export async function noteAgentFailure(
  tx: DbOrTx,
  fence: Fence,
  agent: string,
  signature: string | null,
  reason: string,
): Promise<AgentFailure> {
  if (signature === null) return { suspendedFor: null, told: null };
  const ongoing = await untilProbe(tx, agent, signature);
  if (ongoing !== 'well') return { suspendedFor: ongoing, told: null };
  if (!(await keepsFailing(tx, fence, agent, signature))) return { suspendedFor: null, told: null };
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`circuit:${agent}`}, 0))`);
  // Somebody may have suspended it, and somebody let it go again, meanwhile.
  if (!(await keepsFailing(tx, fence, agent, signature))) return { suspendedFor: null, told: null };
  const pause = probePause(0);
  const fresh = {
    ...{ signature, reason, probes: 0, wokenAt: null, closedAt: null, closedBy: null },
    openedAt: sql`clock_timestamp()`,
    probeAt: sql`clock_timestamp() + ${milliseconds(pause)}`,
  };
  const [opened] = await tx
    .insert(agentCircuits)
    .values({ agent, ...fresh })
    .onConflictDoUpdate({
      target: agentCircuits.agent,
      set: fresh,
      setWhere: sql`${agentCircuits.closedAt} IS NOT NULL`,
    })
    .returning();
  if (opened === undefined) {
    const left = await untilProbe(tx, agent, signature);
    return { suspendedFor: left === 'well' ? null : left, told: null };
  }
  const told = await tellRuns(tx, agent, (runId) => ({
    ...{ type: 'AGENT_SUSPENDED', runId, sender: 'maestro', recipient: 'all' },
    payload: { agent, reason },
  }));
  return { suspendedFor: pause, told };
}

/** @returns null when it is suspended for another reason */
async function untilProbe(
  tx: DbOrTx,
  agent: string,
  signature: string,
): Promise<number | null | 'well'> {
  const [row] = await tx
    .select({
      signature: agentCircuits.signature,
      left: sql<number>`greatest(0, ceil(extract(epoch FROM ${agentCircuits.probeAt} - clock_timestamp()) * 1000))::float8`,
    })
    .from(agentCircuits)
    .where(ifSuspended(agent));
  if (row === undefined) return 'well';
  return row.signature === signature ? row.left : null;
}

/** How many of an agent's last attempts are looked at: several for each of the tasks that count. */
const lookBack = 12 * circuitThreshold;

/** By the agent's attempts since it was last let go, and the one that has failed right now. */
async function keepsFailing(
  tx: DbOrTx,
  { runId, taskId }: Fence,
  agent: string,
  signature: string,
): Promise<boolean> {
  const { rows } = await tx.execute<{ task: string; signature: string | null }>(sql`
    SELECT a.run_id || '/' || a.task_id AS task, a.signature FROM ${attempts} a
     WHERE a.agent = ${agent} AND a.finished_at IS NOT NULL
       AND (a.signature IS NOT NULL OR a.state IN ('succeeded', 'asked', 'split')
         OR a.failure ->> 'class' IN ${[...wellFailureClasses]})
       AND a.started_at > coalesce(
         (SELECT closed_at FROM ${agentCircuits} c WHERE c.agent = ${agent}), '-infinity')
     ORDER BY a.finished_at DESC LIMIT ${lookBack}`);
  return shallSuspend([{ task: `${runId}/${taskId}`, signature }, ...rows]);
}

/** A task that waited for its agent, with where its job is. */
export type FreedTask = UnparkedTask & Pick<TaskRow, 'agent'> & Pick<Run, 'shard' | 'generation'>;

export interface ReleasedAgent {
  /** Those that were parked: their gates are to be opened. */
  readonly unparked: readonly FreedTask[];
  /** Those that wait for their time, which has come by this. */
  readonly delayed: readonly FreedTask[];
  readonly told: readonly string[];
}

/**
 * Lets a suspended agent work again, and every task that waits for it go on: one commit, once.
 *
 * @param by who or what found it well
 * @returns null when it is not suspended
 */
export async function closeCircuit(
  db: Db,
  agent: string,
  by: string,
): Promise<ReleasedAgent | null> {
  return db.transaction(async (tx) => {
    const [closed] = await tx
      .update(agentCircuits)
      .set({ closedAt: sql`clock_timestamp()`, closedBy: by })
      .where(ifSuspended(agent))
      .returning();
    if (closed === undefined) return null;
    const unparked = await tx.execute<FreedRow>(sql`
      WITH parked AS (
        SELECT run_id, id FROM ${tasks} WHERE agent = ${agent} AND parked_for = 'circuit'
         ORDER BY run_id, id FOR UPDATE
      )
      UPDATE ${tasks} t SET parked_for = NULL, parked_at = NULL FROM parked p, aurora.runs r
       WHERE t.run_id = p.run_id AND t.id = p.id AND r.id = t.run_id
      RETURNING ${freedColumns}`);
    // Their last attempt was one of those that failed because of the agent: epochs are equal.
    const delayed = await tx.execute<FreedRow>(sql`
      UPDATE ${tasks} t SET retry_at = NULL FROM aurora.runs r, ${attempts} a
       WHERE t.agent = ${agent} AND t.state = 'waiting' AND t.retry_at > now() AND r.id = t.run_id
         AND a.run_id = t.run_id AND a.task_id = t.id AND a.epoch = t.epoch
         AND a.state = 'deferred' AND a.signature = ${closed.signature}
      RETURNING ${freedColumns}`);
    const told = await tellRuns(tx, agent, (runId) => ({
      ...{ type: 'AGENT_RESUMED', runId, sender: 'maestro', recipient: 'all' },
      payload: { agent, by },
    }));
    return { unparked: unparked.rows.map(toFreed), delayed: delayed.rows.map(toFreed), told };
  });
}

const freedColumns = sql`t.run_id, t.id, t.agent, t.assignment, r.shard, r.generation`;

interface FreedRow extends Record<string, unknown> {
  run_id: string;
  id: string;
  agent: string;
  assignment: number;
  shard: number;
  generation: number;
}

const toFreed = ({ run_id: runId, ...row }: FreedRow): FreedTask => ({ runId, ...row });

/** Milliseconds that a probe is overdue, and between two of these nudges, before a task is woken. */
const [overdue, betweenNudges] = [10_000, 60_000];

/**
 * Wakes a parked task of each suspended agent whose probe is overdue: usually a task that the agent
 * failed at comes back in time, but it may have been aborted, or given to another agent.
 *
 * @returns the tasks whose gates are to be opened
 */
export async function wakeProbes(db: DbOrTx): Promise<FreedTask[]> {
  const due = await db
    .update(agentCircuits)
    .set({ wokenAt: sql`now()` })
    .where(
      and(
        isNull(agentCircuits.closedAt),
        sql`${agentCircuits.probeAt} <= now() - ${milliseconds(overdue)}`,
        sql`coalesce(${agentCircuits.wokenAt}, '-infinity') <= now() - ${milliseconds(betweenNudges)}`,
        sql`NOT ${isProbed}`,
      ),
    )
    .returning({ agent: agentCircuits.agent });
  if (due.length === 0) return [];
  const { rows } = await db.execute<FreedRow>(sql`
    WITH chosen AS (
      SELECT DISTINCT ON (t.agent) t.run_id, t.id FROM ${tasks} t
        JOIN aurora.runs open_run ON open_run.id = t.run_id
       WHERE t.agent = ANY(${sql.param(due.map(({ agent }) => agent))}::text[])
         AND t.parked_for = 'circuit' AND open_run.paused_at IS NULL
         AND open_run.abort_requested_at IS NULL
       ORDER BY t.agent, (t.spec ->> 'priority')::int, t.parked_at
    )
    UPDATE ${tasks} t SET parked_for = NULL, parked_at = NULL FROM chosen, aurora.runs r
     WHERE t.run_id = chosen.run_id AND t.id = chosen.id AND r.id = t.run_id
       AND t.parked_for = 'circuit'
    RETURNING ${freedColumns}`);
  return rows.map(toFreed);
}

/**
 * Writes a message to every run that has work left for the agent.
 *
 * @returns these runs
 */
async function tellRuns(
  tx: DbOrTx,
  agent: string,
  message: (runId: string) => MessageDraft,
): Promise<string[]> {
  const rows = await tx
    .selectDistinct({ runId: tasks.runId })
    .from(tasks)
    .where(and(eq(tasks.agent, agent), inArray(tasks.state, ['waiting', 'running'])));
  const runIds = rows.map(({ runId }) => runId);
  await appendMessages(tx, runIds.map(message));
  return runIds;
}
