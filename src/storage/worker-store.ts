import { and, desc, eq, gt, isNull, lt, notInArray, sql } from 'drizzle-orm';
import type { Agent } from '../domain/agent.ts';
import type { Db, DbOrTx } from './database.ts';
import { agents, attempts, workers, type tasks } from './schema/index.ts';
import type { AttemptRow } from './task-store.ts';

export type WorkerRow = typeof workers.$inferSelect;
export type AgentRow = typeof agents.$inferSelect;

/** Seconds without a heartbeat after which a worker counts as dead. */
export const workerTimeout = 60;

/** Writes the configured agents; those of other configurations stay. */
export async function saveAgents(db: Db, configured: readonly Agent[]): Promise<void> {
  await db
    .insert(agents)
    .values(configured.map(({ executor, ...agent }) => ({ ...agent, executor: executor.type })))
    .onConflictDoUpdate({
      target: agents.name,
      set: {
        role: sql`excluded.role`,
        capabilities: sql`excluded.capabilities`,
        weight: sql`excluded.weight`,
        concurrency: sql`excluded.concurrency`,
        executor: sql`excluded.executor`,
        updatedAt: sql`now()`,
      },
    });
}

export async function listAgents(db: DbOrTx): Promise<AgentRow[]> {
  return db.select().from(agents).orderBy(agents.name);
}

export async function registerWorker(
  db: Db,
  worker: Pick<WorkerRow, 'id' | 'host' | 'process' | 'slots'>,
): Promise<void> {
  await db.insert(workers).values(worker);
}

export async function heartbeat(db: Db, workerId: string): Promise<void> {
  await db
    .update(workers)
    .set({ heartbeatAt: sql`now()` })
    .where(eq(workers.id, workerId));
}

export async function stopWorker(db: Db, workerId: string): Promise<void> {
  await db
    .update(workers)
    .set({ stoppedAt: sql`now()` })
    .where(eq(workers.id, workerId));
}

/** Workers that have not stopped and whose heartbeat is fresh. */
export async function listLiveWorkers(db: Db): Promise<WorkerRow[]> {
  return db
    .select()
    .from(workers)
    .where(
      and(
        isNull(workers.stoppedAt),
        gt(workers.heartbeatAt, sql`now() - make_interval(secs => ${workerTimeout})`),
      ),
    );
}

/** Workers of this host that never said that they stopped. */
export async function listUnstoppedWorkers(db: Db, host: string): Promise<WorkerRow[]> {
  return db
    .select()
    .from(workers)
    .where(and(isNull(workers.stoppedAt), eq(workers.host, host)));
}

/** Under how many of its last locks a worker can still hold jobs; more than it has slots. */
const recentLocks = 200;

/**
 * The tokens under which a worker has lately locked jobs. A slot keeps its token from job to job, so
 * they also cover a job that the worker took and did not come to claim.
 */
export async function listLockTokens(db: Db, workerId: string): Promise<string[]> {
  const rows = await db
    .select({ token: attempts.lockToken })
    .from(attempts)
    .where(eq(attempts.workerId, workerId))
    .orderBy(desc(attempts.startedAt))
    .limit(recentLocks);
  return [...new Set(rows.map((row) => row.token))];
}

/** How far an attempt has come, and the process that made it (null when it is long forgotten). */
export async function findAttemptProcess(
  db: Db,
  attempt: Pick<AttemptRow, 'runId' | 'taskId' | 'epoch'>,
): Promise<{ state: AttemptRow['state']; process: string | null } | undefined> {
  const [row] = await db
    .select({ state: attempts.state, process: workers.process })
    .from(attempts)
    .leftJoin(workers, eq(workers.id, attempts.workerId))
    .where(
      and(
        eq(attempts.runId, attempt.runId),
        eq(attempts.taskId, attempt.taskId),
        eq(attempts.epoch, attempt.epoch),
      ),
    );
  return row;
}

/** The attempts that a worker still holds by the record, as `run/task/epoch`. */
export async function listHeldAttempts(db: Db, workerId: string): Promise<Set<string>> {
  const rows = await db
    .select({ runId: attempts.runId, taskId: attempts.taskId, epoch: attempts.epoch })
    .from(attempts)
    .where(and(eq(attempts.workerId, workerId), eq(attempts.state, 'running')));
  return new Set(rows.map(({ runId, taskId, epoch }) => `${runId}/${taskId}/${epoch}`));
}

/** SQL: no living worker has an attempt at this task under way. */
export const isHeldByNobody = (task: typeof tasks) => sql`NOT EXISTS (
  SELECT 1 FROM ${attempts} a JOIN ${workers} w ON w.id = a.worker_id
   WHERE a.run_id = ${task.runId} AND a.task_id = ${task.id} AND a.state = 'running'
     AND w.stopped_at IS NULL AND w.heartbeat_at > now() - make_interval(secs => ${workerTimeout}))`;

/** Forgets workers that are gone for a day. */
export async function pruneWorkers(db: Db): Promise<void> {
  await db
    .delete(workers)
    .where(
      and(
        lt(workers.heartbeatAt, sql`now() - interval '1 day'`),
        notInArray(
          workers.id,
          db.select({ id: attempts.workerId }).from(attempts).where(eq(attempts.state, 'running')),
        ),
      ),
    );
}
