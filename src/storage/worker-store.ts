import { and, eq, gt, isNull, lt, notInArray, sql } from 'drizzle-orm';
import type { Agent } from '../domain/agent.ts';
import type { Db } from './database.ts';
import { agents, attempts, workers } from './schema/index.ts';
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

export async function listAgents(db: Db): Promise<AgentRow[]> {
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

/** Attempts that a worker has not finished: what must be freed when it is dead. */
export async function listHeldAttempts(db: Db, workerId: string): Promise<AttemptRow[]> {
  return db
    .select()
    .from(attempts)
    .where(and(eq(attempts.workerId, workerId), eq(attempts.state, 'running')));
}

/** Who made an attempt. */
export async function findAttemptWorker(
  db: Db,
  attempt: Pick<AttemptRow, 'runId' | 'taskId' | 'epoch'>,
): Promise<WorkerRow | undefined> {
  const [row] = await db
    .select({ worker: workers })
    .from(attempts)
    .innerJoin(workers, eq(workers.id, attempts.workerId))
    .where(
      and(
        eq(attempts.runId, attempt.runId),
        eq(attempts.taskId, attempt.taskId),
        eq(attempts.epoch, attempt.epoch),
      ),
    );
  return row?.worker;
}

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
