import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Guidance } from '../domain/escalation.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { Requirement } from '../domain/requirement.ts';
import { releasingTaskStates, type ParkReason } from '../domain/task.ts';
import type { Db, DbOrTx } from './database.ts';
import { readGuidance } from './guidance-store.ts';
import { appendMessages } from './message-store.ts';
import { listDependencies, toRequirement } from './plan-store.ts';
import { parkTask } from './park-store.ts';
import { isPaused } from './pause-store.ts';
import { takeRoom } from './room-store.ts';
import { runColumns, type Run } from './run-store.ts';
import { attempts, projects, requirements, runs, taskRequirements, tasks } from './schema/index.ts';
import type { TaskRow } from './task-store.ts';

import { cancelTask } from './attempt-store.ts';

/** The job that wants the task, and who holds it. */
export interface Claimant {
  readonly runId: string;
  readonly taskId: string;
  /** The flow that the job belongs to. */
  readonly generation: number;
  /** The assignment that the job was made for. */
  readonly assignment: number;
  readonly workerId: string;
  readonly jobId: string;
  readonly lockToken: string;
}

export interface ClaimedTask {
  readonly run: Run;
  readonly task: TaskRow;
  readonly epoch: number;
  /** From 1; attempts that crashed or were handed back do not count. */
  readonly attempt: number;
  /** Whether its run or project bounds how many tasks run at once. */
  readonly isLimited: boolean;
  readonly requirements: readonly Requirement[];
  readonly dependencies: readonly TaskRow[];
  readonly guidance: Guidance;
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claimed: ClaimedTask }
  /** done, skipped or cancelled: there is nothing left to do but to release the dependants. */
  | { readonly kind: 'finished'; readonly everParked: boolean }
  /** The job belongs to an older assignment or flow, or its run is gone: step aside. */
  | {
      readonly kind: 'stale';
      readonly everParked: boolean;
      /** The newer assignment in the same flow, whose job must be there before this one goes. */
      readonly replacement?: Pick<TaskRow, 'agent' | 'assignment'> & { readonly priority: number };
    }
  /** It waits for something that the record names; nobody may start it. */
  | { readonly kind: 'parked' }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure }
  /** Its backoff has not run out; milliseconds left. */
  | { readonly kind: 'early'; readonly delay: number };

/**
 * Takes a task for one attempt under a new epoch; whoever held an older one is fenced out from
 * here on. One transaction, so two claimants cannot both believe that they have the same epoch.
 */
export async function claimTask(db: Db, claimant: Claimant): Promise<ClaimResult> {
  const { runId, taskId } = claimant;
  return db.transaction(async (tx) => {
    const [task] = await tx
      .select()
      .from(tasks)
      .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)))
      .for('update');
    const [found] = await tx
      .select({ run: runColumns, projectMax: projects.maxParallel })
      .from(runs)
      .innerJoin(projects, eq(projects.id, runs.projectId))
      .where(eq(runs.id, runId));
    if (task === undefined || found === undefined) return { kind: 'stale', everParked: false };
    const { run, projectMax } = found;
    const everParked = task.parkings > 0;
    if (['done', 'skipped', 'cancelled'].includes(task.state)) {
      return { kind: 'finished', everParked };
    }
    if (run.generation !== claimant.generation) return { kind: 'stale', everParked };
    if (task.assignment !== claimant.assignment) {
      const { agent, assignment, spec } = task;
      return {
        kind: 'stale',
        everParked,
        replacement: { agent, assignment, priority: spec.priority },
      };
    }
    if (run.abortRequestedAt !== null) {
      await cancelTask(tx, task);
      return { kind: 'finished', everParked };
    }
    if (task.state === 'failed') {
      return { kind: 'failed', failure: task.failure ?? { class: 'error', message: 'failed' } };
    }
    if (task.parkedFor !== null) return { kind: 'parked' };
    if (task.state === 'waiting' && task.retryAt !== null) {
      const delay = await millisecondsUntil(tx, task.retryAt);
      if (delay > 0) return { kind: 'early', delay };
    }

    const dependencies = await dependencyTasks(tx, runId, taskId);
    if (dependencies.some((dependency) => !releasingTaskStates.includes(dependency.state))) {
      // The queue never releases a task before its dependencies are in the record. Should it ever
      // happen, waiting is right and running would not be.
      return { kind: 'early', delay: 1_000 };
    }
    if (await isPaused(tx, run)) {
      await parkClaim(tx, task, 'resume');
      return { kind: 'parked' };
    }
    if (!(await takeRoom(tx, run, projectMax, taskId))) {
      await parkClaim(tx, task, 'room');
      return { kind: 'parked' };
    }
    const epoch = task.epoch + 1;
    const attempt = task.failures + 1;
    await tx
      .update(attempts)
      .set({ state: 'lost', finishedAt: sql`now()` })
      .where(
        and(eq(attempts.runId, runId), eq(attempts.taskId, taskId), eq(attempts.state, 'running')),
      );
    await tx.insert(attempts).values({
      runId,
      taskId,
      epoch,
      number: attempt,
      agent: task.agent,
      workerId: claimant.workerId,
      jobId: claimant.jobId,
      lockToken: claimant.lockToken,
    });
    await tx
      .update(tasks)
      .set({
        state: 'running',
        epoch,
        retryAt: null,
        roomGrantedAt: null,
        startedAt: sql`coalesce(${tasks.startedAt}, now())`,
      })
      .where(and(eq(tasks.runId, runId), eq(tasks.id, taskId)));
    const served = await tx
      .select({ requirement: requirements })
      .from(taskRequirements)
      .innerJoin(
        requirements,
        and(
          eq(requirements.runId, taskRequirements.runId),
          eq(requirements.id, taskRequirements.requirementId),
        ),
      )
      .where(and(eq(taskRequirements.runId, runId), eq(taskRequirements.taskId, taskId)))
      .orderBy(requirements.position);
    await appendMessages(tx, [
      {
        type: 'TASK_ASSIGNED',
        runId,
        taskId,
        epoch,
        sender: 'maestro',
        recipient: `worker:${claimant.workerId}`,
        payload: { agent: task.agent, attempt },
      },
    ]);
    return {
      kind: 'claimed',
      claimed: {
        run,
        task,
        epoch,
        attempt,
        isLimited: run.maxParallel !== null || projectMax !== null,
        requirements: served.map(({ requirement }) => toRequirement(requirement)),
        dependencies,
        // Nobody was asked about a task that nobody has tried.
        guidance: task.epoch === 0 ? noGuidance : await readGuidance(tx, runId, taskId),
      },
    };
  });
}

const noGuidance: Guidance = { answers: [], advice: [] };
/** Parks a task whose job was delivered; an attempt that its worker left behind is lost. */
async function parkClaim(tx: DbOrTx, task: TaskRow, reason: ParkReason): Promise<void> {
  const { runId, id } = task;
  if (task.state === 'running') {
    await tx
      .update(attempts)
      .set({ state: 'lost', finishedAt: sql`now()` })
      .where(
        and(eq(attempts.runId, runId), eq(attempts.taskId, id), eq(attempts.state, 'running')),
      );
    await tx
      .update(tasks)
      .set({ state: 'waiting', epoch: task.epoch + 1 })
      .where(and(eq(tasks.runId, runId), eq(tasks.id, id)));
  }
  await parkTask(tx, task, reason);
}

/** By the clock of the database, which is the same for all workers. */
async function millisecondsUntil(tx: DbOrTx, time: Date): Promise<number> {
  const { rows } = await tx.execute<{ left: number }>(
    sql`SELECT ceil(extract(epoch FROM ${time.toISOString()}::timestamptz - clock_timestamp()) * 1000)::int AS left`,
  );
  return rows[0]?.left ?? 0;
}

async function dependencyTasks(tx: DbOrTx, runId: string, taskId: string): Promise<TaskRow[]> {
  const edges = await listDependencies(tx, runId, [taskId]);
  if (edges.length === 0) return [];
  return tx
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.runId, runId),
        inArray(
          tasks.id,
          edges.map((edge) => edge.dependsOn),
        ),
      ),
    )
    .orderBy(tasks.position);
}
