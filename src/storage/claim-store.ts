import { and, eq, sql } from 'drizzle-orm';
import { BegunFiles } from '../domain/begun-files.ts';
import type { Guidance } from '../domain/escalation.ts';
import { isFree } from '../domain/substitution.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { Requirement } from '../domain/requirement.ts';
import { queuePriority } from '../domain/run-limits.ts';
import { releasingTaskStates, type ParkReason, type Task } from '../domain/task.ts';
import { cancelTask } from './attempt-store.ts';
import { readClaimFacts, type ClaimFacts, type DependencyRow } from './claim-facts.ts';
import { checkBudget } from './budget-store.ts';
import { passCircuit, type Passage } from './circuit-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { groupCommit } from './group-commit.ts';
import { readGuidance } from './guidance-store.ts';
import { appendMessages } from './message-store.ts';
import { parkTask } from './park-store.ts';
import { isPaused } from './pause-store.ts';
import { reassignTask } from './reassignment-store.ts';
import { takeRoom } from './room-store.ts';
import type { Run } from './run-store.ts';
import { attempts, tasks } from './schema/index.ts';
import { listSubstitutes } from './substitute-store.ts';
import { expireTask } from './task-deadline-store.ts';
import { getTask, type TaskRow } from './task-store.ts';
import { findWay, noteWay } from './way-store.ts';

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
  /** Milliseconds until the deadline of the task; null when it has none. */
  readonly timeLeft: number | null;
  /** Whether its run or project bounds how many tasks run at once. */
  readonly isLimited: boolean;
  /** What its suspended agent keeps failing of, when this attempt is to find out whether it still does. */
  readonly probeOf: string | null;
  readonly requirements: readonly Requirement[];
  readonly dependencies: readonly DependencyRow[];
  /** What became of its own parts, when it was split. */
  readonly parts: readonly DependencyRow[];
  /** The task that it is a part of. */
  readonly partOf: Pick<Task, 'id' | 'title' | 'prompt'> | null;
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
  /** It waits for its parts, whose jobs are to be in the queue. */
  | { readonly kind: 'split'; readonly everParked: boolean }
  /** It waits for something that the record names; nobody may start it. A person may have been asked. */
  | {
      readonly kind: 'parked';
      readonly asked?: boolean;
      /** It had room, which others may have now. */
      readonly leavesRoom?: boolean;
    }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure }
  /** Its backoff has not run out; milliseconds left. */
  | { readonly kind: 'early'; readonly delay: number };

/**
 * Takes a task for one attempt under a new epoch; whoever held an older one is fenced out from
 * here on. Claims that this process makes at the same time are one transaction, unless they need more
 * than their task's row: such a one is made by itself, so that no two groups can wait for each other.
 */
export async function claimTask(db: Db, claimant: Claimant): Promise<ClaimResult> {
  return (await claimTogether(db, claimant)) ?? claimAlone(db, claimant);
}

/** A probe is taken, too, and is always made alone. */
type Verdict = ClaimResult | 'take' | Extract<Passage, { kind: 'probe' }> | 'alone';

/** Answers undefined to those that must be made alone. */
const claimTogether = groupCommit((db: Db, claimants: readonly Claimant[]) =>
  db.transaction(async (tx) => {
    const facts = await readClaimFacts(tx, claimants);
    const seen = new Set<TaskRow>();
    const begun = new BegunFiles();
    const verdicts: Verdict[] = [];
    for (const [index, claimant] of claimants.entries()) {
      const known = facts[index];
      // Of two jobs for one task the second has to see what became of the first, and a task has to see
      // what begins beside it with its files.
      const task = known?.task;
      const isSecond =
        task !== undefined && (seen.has(task) || begun.meet(task.runId, task.spec.scope));
      if (task !== undefined) seen.add(task);
      const verdict = isSecond ? 'alone' : await judgeClaim(claimant, known, undefined);
      if (verdict === 'take' && task !== undefined) begun.add(task.runId, task.spec.scope);
      verdicts.push(verdict);
    }
    const taken = await takeTasks(
      tx,
      claimants.flatMap((claimant, index) =>
        verdicts[index] === 'take' ? [{ claimant, facts: facts[index] as ClaimFacts }] : [],
      ),
    );
    const next = taken.values();
    return verdicts.map((verdict) => {
      if (verdict === 'take') return next.next().value;
      return verdict === 'alone' || verdict.kind === 'probe' ? undefined : verdict;
    });
  }),
);

function claimAlone(db: Db, claimant: Claimant): Promise<ClaimResult> {
  return db.transaction(async (tx) => {
    const [facts] = await readClaimFacts(tx, [claimant]);
    const verdict = await judgeClaim(claimant, facts, tx);
    const isProbe = verdict !== 'take' && verdict !== 'alone' && verdict.kind === 'probe';
    if (verdict !== 'take' && !isProbe) return verdict as ClaimResult;
    const probeOf = isProbe ? verdict.signature : null;
    const [taken] = await takeTasks(tx, [{ claimant, facts: facts as ClaimFacts, probeOf }]);
    return taken as ClaimResult;
  });
}

/**
 * What becomes of a claim.
 *
 * @param tx where other locks may be taken and other rows written; without it such claims are to be
 *   made alone
 */
async function judgeClaim(
  claimant: Claimant,
  facts: ClaimFacts | undefined,
  tx: DbOrTx | undefined,
): Promise<Verdict> {
  if (facts === undefined) return { kind: 'stale', everParked: false };
  const { task, run, projectMax, timeLeft, retryIn, isSuspended, dependencies } = facts;
  const everParked = task.parkings > 0;
  if (['done', 'skipped', 'cancelled'].includes(task.state)) {
    return { kind: 'finished', everParked };
  }
  if (run.generation !== claimant.generation) return { kind: 'stale', everParked };
  if (task.assignment !== claimant.assignment) {
    const { agent, assignment, spec } = task;
    const priority = queuePriority(run, spec);
    return { kind: 'stale', everParked, replacement: { agent, assignment, priority } };
  }
  if (run.abortRequestedAt !== null) {
    if (tx === undefined) return 'alone';
    await cancelTask(tx, task);
    return { kind: 'finished', everParked };
  }
  if (task.state === 'failed') {
    return { kind: 'failed', failure: task.failure ?? { class: 'error', message: 'failed' } };
  }
  if (timeLeft !== null && timeLeft <= 0) {
    if (tx === undefined) return 'alone';
    return { kind: 'failed', failure: await expireTask(tx, task) };
  }
  if (task.parkedFor !== null) return { kind: 'parked' };
  if (task.state === 'waiting' && retryIn > 0) return { kind: 'early', delay: retryIn };
  const open = dependencies.filter(({ state }) => !releasingTaskStates.includes(state));
  if (open.some(({ parentId }) => parentId === task.id)) return { kind: 'split', everParked };
  if (open.length > 0) {
    // The queue never releases a task before its dependencies are in the record. Should it ever
    // happen, waiting is right and running would not be.
    return { kind: 'early', delay: 1_000 };
  }
  if (run.pausedAt !== null || run.budget !== null || isLimited(facts)) {
    if (tx === undefined) return 'alone';
    if (await isPaused(tx, run)) {
      await parkClaim(tx, task, 'resume');
      return { kind: 'parked' };
    }
    const budget = await checkBudget(tx, run, task);
    if (budget !== 'within') {
      await parkClaim(tx, task, 'resume');
      return { kind: 'parked', asked: budget === 'asked' };
    }
    if (!(await takeRoom(tx, run, projectMax, task.id))) {
      await parkClaim(tx, task, 'room');
      return { kind: 'parked' };
    }
  }
  if (facts.mayGiveWay) {
    if (tx === undefined) return 'alone';
    const way = await findWay(tx, task);
    if (way !== null) {
      await parkClaim(tx, task, 'files');
      await noteWay(tx, task, way);
      return { kind: 'parked', leavesRoom: isLimited(facts) };
    }
  }
  if (!isSuspended) return 'take';
  if (tx === undefined) return 'alone';
  const passage = await passCircuit(tx, task.agent);
  switch (passage.kind) {
    case 'well':
      return 'take';
    case 'probe':
      return passage;
    case 'suspended':
      return avoidAgent(tx, run, task, passage.reason);
  }
}

const isLimited = ({ run, projectMax }: ClaimFacts) =>
  run.maxParallel !== null || projectMax !== null;

/** Writes claims that nothing stands against. */
async function takeTasks(
  tx: DbOrTx,
  claims: readonly {
    readonly claimant: Claimant;
    readonly facts: ClaimFacts;
    readonly probeOf?: string | null;
  }[],
): Promise<ClaimResult[]> {
  if (claims.length === 0) return [];
  const taken = claims.map(({ claimant, facts: { task } }) => {
    const { runId, taskId, workerId, jobId, lockToken } = claimant;
    const epoch = task.epoch + 1;
    const attempt = task.failures + 1;
    return { runId, taskId, epoch, attempt, agent: task.agent, workerId, jobId, lockToken };
  });
  await tx.execute(sql`
    WITH given AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(taken)}::jsonb) AS given(
        "runId" text, "taskId" text, epoch int, attempt int, agent text, "workerId" text,
        "jobId" text, "lockToken" text)
    ), lost AS (
      UPDATE aurora.attempts a SET state = 'lost', finished_at = now() FROM given
       WHERE a.run_id = "runId" AND a.task_id = "taskId" AND a.state = 'running'
    ), taken AS (
      UPDATE aurora.tasks t
         SET state = 'running', epoch = given.epoch, retry_at = NULL, room_granted_at = NULL,
             started_at = coalesce(t.started_at, now())
        FROM given WHERE t.run_id = "runId" AND t.id = "taskId"
    )
    INSERT INTO aurora.attempts
      (run_id, task_id, epoch, number, agent, worker_id, job_id, lock_token)
    SELECT "runId", "taskId", epoch, attempt, agent, "workerId", "jobId", "lockToken" FROM given`);
  await appendMessages(
    tx,
    taken.map(({ runId, taskId, epoch, attempt, agent, workerId }) => ({
      ...{ runId, taskId, epoch, type: 'TASK_ASSIGNED', sender: 'maestro' },
      ...{ recipient: `worker:${workerId}`, payload: { agent, attempt } },
    })),
  );
  const results: ClaimResult[] = [];
  for (const [index, { facts, probeOf = null }] of claims.entries()) {
    const { task, run, requirements, dependencies } = facts;
    const { epoch, attempt, runId, taskId } = taken[index] as (typeof taken)[number];
    // Nobody was asked about a task that nobody has tried.
    const guidance = task.epoch === 0 ? noGuidance : await readGuidance(tx, runId, taskId);
    const partOf = task.parentId === null ? null : (await getTask(tx, runId, task.parentId)).spec;
    const isPart = ({ parentId }: DependencyRow) => parentId === taskId;
    results.push({
      kind: 'claimed',
      claimed: {
        ...{ run, task, epoch, attempt, isLimited: isLimited(facts), timeLeft: facts.timeLeft },
        ...{ probeOf, requirements, guidance, partOf, parts: dependencies.filter(isPart) },
        dependencies: dependencies.filter((each) => !isPart(each)),
      },
    });
  }
  return results;
}

const noGuidance: Guidance = { answers: [], advice: [], handedOver: [] };

/** Another agent that can do the task does it; else it waits until its own is well. */
async function avoidAgent(
  tx: DbOrTx,
  run: Run,
  task: TaskRow,
  reason: string,
): Promise<ClaimResult> {
  const { runId, id: taskId, epoch, agent: from, assignment, spec } = task;
  const { others } = await listSubstitutes(tx, task, undefined);
  const agent = others.find(isFree)?.name;
  if (agent === undefined) {
    await parkClaim(tx, task, 'circuit');
    return { kind: 'parked' };
  }
  const why = `${from} is suspended: ${reason}`;
  const draft = { runId, taskId, epoch, agent, cause: 'rerouted' as const, reason: why };
  await reassignTask(tx, { ...draft, fresh: false });
  const replacement = { agent, assignment: assignment + 1, priority: queuePriority(run, spec) };
  return { kind: 'stale', everParked: task.parkings > 0, replacement };
}

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
