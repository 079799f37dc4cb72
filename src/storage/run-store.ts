import { and, desc, eq, getTableColumns, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import type { Budget } from '../domain/budget.ts';
import { AuroraError } from '../domain/errors.ts';
import { newId } from '../domain/id.ts';
import { defaultRunPriority } from '../domain/run-limits.ts';
import type { ModelUsage } from '../domain/model-usage.ts';
import { finishedRunStates, type RequestSource, type RunState } from '../domain/run.ts';
import type { Db, DbOrTx } from './database.ts';
import { makeDeliveriesDue, wantDelivery, type DeliveryPlace } from './delivery-store.ts';
import { appendMessages } from './message-store.ts';
import { unparkTasks } from './park-store.ts';
import { ensureProject } from './project-store.ts';
import { escalations, runs } from './schema/index.ts';

const { source: _source, ...columns } = getTableColumns(runs);
/** All of a run but what was asked, which can take megabytes and interests hardly anybody. */
export const runColumns = columns;
export type Run = Omit<typeof runs.$inferSelect, 'source'>;

export interface NewRun {
  readonly project: string;
  readonly title: string;
  readonly source: RequestSource;
  readonly repository: string | null;
  readonly baseBranch: string | null;
  readonly baseCommit: string | null;
  readonly idempotencyKey: string | null;
  /** Where in the queue its jobs will be. */
  readonly shard: number;
  readonly maxParallel?: number | null;
  readonly budget?: Budget | null;
  readonly deadlineAt?: Date | null;
  readonly priority?: number;
  /** Whether somebody has to approve its plan first. */
  readonly approval?: Run['approval'];
  /** What planning it has used of a model before it was submitted. */
  readonly planningUsage?: ModelUsage | null;
  /** Where Maestro is to deliver its work. */
  readonly delivery?: Omit<DeliveryPlace, 'runId'> | undefined;
}

/**
 * Records a request. The same idempotency key with the same request returns the run that exists.
 *
 * @throws AuroraError idempotency-conflict when the key was used for something else
 */
export async function createRun(db: Db, draft: NewRun): Promise<{ run: Run; created: boolean }> {
  return db.transaction(async (tx) => {
    const project = await ensureProject(tx, draft.project, draft.repository);
    const { project: _name, delivery, ...values } = draft;
    const [run] = await tx
      .insert(runs)
      .values({
        ...{
          id: newId('run'),
          projectId: project.id,
          queuedPriority: draft.priority ?? defaultRunPriority,
        },
        ...values,
      })
      .onConflictDoNothing({ target: [runs.projectId, runs.idempotencyKey] })
      .returning(runColumns);
    if (run === undefined) {
      const [existing] = await tx
        .select({ run: runColumns, source: runs.source })
        .from(runs)
        .where(
          and(
            eq(runs.projectId, project.id),
            eq(runs.idempotencyKey, draft.idempotencyKey as string),
          ),
        );
      const same =
        existing !== undefined &&
        existing.run.repository === draft.repository &&
        isDeepStrictEqual(existing.source, draft.source);
      if (!same) {
        throw new AuroraError(
          'idempotency-conflict',
          `The idempotency key "${draft.idempotencyKey}" was already used for another request (${existing?.run.id ?? 'unknown'}).`,
        );
      }
      return { run: existing.run, created: false };
    }
    if (delivery !== undefined) await wantDelivery(tx, { runId: run.id, ...delivery });
    await appendMessages(tx, [
      {
        type: 'RUN_SUBMITTED',
        runId: run.id,
        sender: 'producer',
        recipient: 'maestro',
        payload: { title: run.title },
      },
    ]);
    return { run, created: true };
  });
}

/** @throws AuroraError run-not-found */
export async function getRun(db: DbOrTx, runId: string): Promise<Run> {
  const [run] = await db.select(runColumns).from(runs).where(eq(runs.id, runId));
  if (run === undefined) throw new AuroraError('run-not-found', `There is no run "${runId}".`);
  return run;
}

/** What was asked. @throws AuroraError run-not-found */
export async function readSource(db: DbOrTx, runId: string): Promise<RequestSource> {
  const [run] = await db.select({ source: runs.source }).from(runs).where(eq(runs.id, runId));
  if (run === undefined) throw new AuroraError('run-not-found', `There is no run "${runId}".`);
  return run.source;
}

/** Newest first. */
export async function listRuns(db: DbOrTx, limit = 50): Promise<Run[]> {
  return db.select(runColumns).from(runs).orderBy(desc(runs.createdAt)).limit(limit);
}

/** Runs that are not finished, oldest first: what the reconciler looks after. */
export async function listOpenRuns(db: DbOrTx): Promise<Run[]> {
  return db
    .select(runColumns)
    .from(runs)
    .where(inArray(runs.state, ['submitted', 'planned', 'running', 'blocked']))
    .orderBy(runs.createdAt);
}

/** The runs of these ids that exist. */
export async function findRuns(db: DbOrTx, runIds: readonly string[]): Promise<Run[]> {
  if (runIds.length === 0) return [];
  return db
    .select(runColumns)
    .from(runs)
    .where(inArray(runs.id, [...runIds]));
}

/** In each shard, of the runs whose flow is in the queue as a whole, the oldest. */
export async function oldestRunOfEachShard(db: DbOrTx): Promise<Run[]> {
  return db
    .selectDistinctOn([runs.shard], runColumns)
    .from(runs)
    .where(
      and(inArray(runs.state, ['running', 'blocked']), eq(runs.flowGeneration, runs.generation)),
    )
    .orderBy(runs.shard, runs.createdAt);
}

/** Ended runs whose jobs are in the queue for longer than `seconds` since, oldest first. */
export async function listLeavingRuns(db: DbOrTx, seconds: number, limit: number): Promise<Run[]> {
  return db
    .select(runColumns)
    .from(runs)
    .where(
      and(
        isNull(runs.leftQueueAt),
        sql`${runs.finishedAt} <= now() - make_interval(secs => ${seconds})`,
      ),
    )
    .orderBy(runs.finishedAt)
    .limit(limit);
}

/** Nothing of the run is in the queue any more; unless it was put there anew meanwhile. */
export async function markLeftQueue(
  db: DbOrTx,
  { id, generation }: Pick<Run, 'id' | 'generation'>,
): Promise<void> {
  await db
    .update(runs)
    .set({ leftQueueAt: sql`now()` })
    .where(and(eq(runs.id, id), eq(runs.generation, generation), isNotNull(runs.finishedAt)));
}

/**
 * Does something with a run that nobody else may do at the same time; it ends with the caller's
 * connection. Whatever must be committed with it uses the same transaction.
 *
 * @throws AuroraError run-not-found
 */
export async function withRunLocked<T>(
  db: DbOrTx,
  runId: string,
  action: (tx: DbOrTx, run: Run) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, runId)).for('no key update');
    return action(tx, await getRun(tx, runId));
  });
}

/** The whole flow of this generation is in the queue: the run is under way. */
export async function markFlowAdded(
  db: DbOrTx,
  { id: runId, generation }: Pick<Run, 'id' | 'generation'>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.update(runs).set({ flowGeneration: generation }).where(eq(runs.id, runId));
    const changed = await tx
      .update(runs)
      .set({ state: 'running', startedAt: sql`coalesce(${runs.startedAt}, now())` })
      .where(and(eq(runs.id, runId), eq(runs.state, 'planned')))
      .returning({ id: runs.id });
    if (changed.length === 0) return;
    await appendMessages(tx, [
      { type: 'RUN_STARTED', runId, sender: 'maestro', recipient: 'all', payload: {} },
    ]);
  });
}

/**
 * Ends a run, and what was asked about it; a run that is finished already stays as it is.
 *
 * @param generation only as long as its flow is of this one
 */
export async function finishRun(
  db: Db,
  runId: string,
  state: Extract<RunState, 'done' | 'failed' | 'cancelled'>,
  error: string | null = null,
  generation?: number,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const changed = await tx
      .update(runs)
      .set({ state, error, finishedAt: sql`now()` })
      .where(
        and(
          eq(runs.id, runId),
          inArray(runs.state, ['submitted', 'planned', 'running', 'blocked']),
          generation === undefined ? undefined : eq(runs.generation, generation),
        ),
      )
      .returning({ id: runs.id });
    if (changed.length === 0) return false;
    await tx
      .update(escalations)
      .set({
        state: 'resolved',
        answer: { action: 'abort', by: 'the end of the run' },
        resolvedAt: sql`now()`,
      })
      .where(and(eq(escalations.runId, runId), eq(escalations.state, 'open')));
    if (state === 'done') await makeDeliveriesDue(tx, runId);
    await appendMessages(tx, [
      {
        type: 'RUN_FINISHED',
        runId,
        sender: 'maestro',
        recipient: 'all',
        payload: { state, ...(error === null ? {} : { error }) },
      },
    ]);
    return true;
  });
}

/**
 * Asks for an abort: a durable flag that everyone who claims a task honours. Nothing stays parked.
 *
 * @throws AuroraError run-not-found, state-conflict when the run is finished
 */
export async function requestAbort(db: DbOrTx, runId: string): Promise<Run> {
  return db.transaction(async (tx) => {
    const [run] = await tx
      .update(runs)
      .set({ abortRequestedAt: sql`coalesce(${runs.abortRequestedAt}, now())` })
      .where(
        and(
          eq(runs.id, runId),
          inArray(runs.state, ['submitted', 'planned', 'running', 'blocked']),
        ),
      )
      .returning(runColumns);
    if (run === undefined) {
      const existing = await getRun(tx, runId);
      throw new AuroraError(
        'state-conflict',
        `Run ${runId} is ${existing.state} already; there is nothing to abort.`,
      );
    }
    await unparkTasks(tx, runId);
    return run;
  });
}

/** The next generation of job ids, for a flow that is built again. */
export async function nextGeneration(db: DbOrTx, runId: string): Promise<number> {
  const [row] = await db
    .update(runs)
    .set({ generation: sql`${runs.generation} + 1` })
    .where(eq(runs.id, runId))
    .returning({ generation: runs.generation });
  if (row === undefined) throw new AuroraError('run-not-found', `There is no run "${runId}".`);
  return row.generation;
}

/**
 * Moves a run to another shard of the queue, under the next generation: what is left of it in the
 * old one is void.
 *
 * @throws AuroraError run-not-found
 */
export async function moveRun(db: Db, runId: string, shard: number): Promise<Run> {
  await db
    .update(runs)
    .set({ shard, generation: sql`${runs.generation} + 1` })
    .where(eq(runs.id, runId));
  return getRun(db, runId);
}

export function isFinished(run: Pick<Run, 'state'>): boolean {
  return finishedRunStates.includes(run.state);
}

/** Those of the given runs that somebody asked to abort. */
export async function listAborted(db: DbOrTx, runIds: readonly string[]): Promise<string[]> {
  if (runIds.length === 0) return [];
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(inArray(runs.id, [...runIds]), isNotNull(runs.abortRequestedAt)));
  return rows.map((row) => row.id);
}

/** The repository of a run; null when it has none, or when there is no such run. */
export async function findRepository(db: DbOrTx, runId: string): Promise<string | null> {
  const [run] = await db.select({ url: runs.repository }).from(runs).where(eq(runs.id, runId));
  return run?.url ?? null;
}
