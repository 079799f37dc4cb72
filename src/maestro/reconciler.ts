import { planJobId, runJobId, taskJobId } from '../queue/job-names.ts';
import { letGo, openGates } from '../queue/parking.ts';
import { freeParkedJob, returnJobs, reviveFailedJobs } from '../queue/recovery.ts';
import { isAlive } from '../storage/local-server/process-mark.ts';
import { listSkippedParked } from '../storage/park-store.ts';
import { handOutRoom } from '../queue/hand-out-room.ts';
import {
  listReadyTasks,
  surveyRuns,
  type ReadyTask,
  type RunSurvey,
} from '../storage/reconcile-store.ts';
import type { Db } from '../storage/database.ts';
import { listPendingRevisions } from '../storage/revision-store.ts';
import { refreshBlocked } from '../storage/refresh-blocked.ts';
import { getRun, listOpenRuns, moveRun, type Run } from '../storage/run-store.ts';
import { getTask, surveyTasks } from '../storage/task-store.ts';
import { freeOverdueWays } from '../storage/way-store.ts';
import { listLockTokens, listUnstoppedWorkers, stopWorker } from '../storage/worker-store.ts';
import { followPriority } from './change-run.ts';
import { drainRun } from './run-control.ts';
import { enqueueFlow, enqueuePlanning, rebuildFlow, resumeFlow } from './enqueue-run.ts';
import { inParallel } from './in-parallel.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { reviseRun } from './revise-run.ts';
import { settleReassignments } from './reassign.ts';

/** Runs that are compared at the same time. */
const runsAtOnce = 5;
/** Runs whose tasks are looked at, one by one, in one round; fewer runs are all looked at. */
const closerLooks = 100;
/** How many tasks are looked at in one round, over all runs, and at least of each. */
const tasksPerRound = 1_000;
const tasksPerRun = 10;

/**
 * Compares the record with the queue and heals what differs: what a crash left half-done, what a
 * dead worker of this machine still holds, and a queue that lost all it had, or a part. Of runs of
 * which nothing differs, the record is asked together, and the queue whether they are there.
 */
export async function reconcile(deps: MaestroDeps): Promise<void> {
  const { db } = deps.database;
  await returnJobsOfDeadWorkers(deps);
  const pending = new Set((await listPendingRevisions(db)).map(({ runId }) => runId));
  await eachRun(
    deps,
    [...pending].map((id) => ({ id })),
    async ({ id }) => void (await reviseRun(deps, id)),
  );
  const open = await listOpenRuns(db);
  const surveys = await surveyRuns(
    db,
    open.map(({ id }) => id),
  );
  const sound: Run[] = [];
  await eachRun(deps, open, async (run) => {
    if (await reconcileRun(deps, run, surveys.get(run.id) as RunSurvey)) sound.push(run);
  });
  // Of very many runs each has its turn for the closer look now and then; what it finds is rare.
  const share = closerLooks / sound.length;
  await lookCloser(
    deps,
    sound.filter(() => Math.random() < share),
    surveys,
  );
  await letGo(deps.queues, await freeOverdueWays(db));
  await reviveGivenUpJobs(deps);
}

/** One run's trouble is not that of the others. */
function eachRun<R extends Pick<Run, 'id'>>(
  { log }: MaestroDeps,
  runs: readonly R[],
  action: (run: R) => Promise<void>,
): Promise<void> {
  return inParallel(runs, runsAtOnce, async (run) => {
    try {
      await action(run);
    } catch (error) {
      log.error({ err: error, runId: run.id }, 'a run could not be reconciled; it is tried again');
    }
  });
}

/** @returns whether its flow is in the queue as the record has it, as far as one sees from above */
async function reconcileRun(
  deps: MaestroDeps,
  found: Run,
  { isReassigned }: RunSurvey,
): Promise<boolean> {
  const { queues } = deps;
  const run = await inServedShard(deps, found);
  const heal = async (how: Promise<unknown>) => {
    await how;
    return false;
  };
  if (run.abortRequestedAt !== null) return heal(drainRun(deps, run));
  if (run.state === 'submitted') {
    const job = await queues.of(run).maestro.getJob(planJobId(run.id));
    if (job === undefined) await enqueuePlanning(deps, run);
    else if (await job.isFailed()) await job.retry('failed', { resetAttemptsMade: true });
    return false;
  }
  if (run.state === 'planned') return heal(enqueueFlow(deps, run.id));

  const root = await queues.of(run).maestro.getJob(runJobId(run.id, run.generation));
  if (root === undefined) return heal(rebuildFlow(deps, run.id));
  if (run.flowGeneration !== run.generation) return heal(resumeFlow(deps, run.id));
  if (await root.isFailed()) await root.retry('failed', { resetAttemptsMade: true });
  if (isReassigned && (await settleReassignments(deps, run)) === 'lost') {
    return heal(rebuildFlow(deps, run.id));
  }
  await followPriority(deps, run);
  return true;
}

/** Compares the tasks of some runs with their jobs. */
async function lookCloser(
  deps: MaestroDeps,
  runs: readonly Run[],
  surveys: ReadonlyMap<string, RunSurvey>,
): Promise<void> {
  if (runs.length === 0) return;
  const { database, queues } = deps;
  const { db } = database;
  const ids = runs.map(({ id }) => id);
  const perRun = Math.max(tasksPerRun, Math.ceil(tasksPerRound / runs.length));
  const ready = await listReadyTasks(db, ids, perRun);
  await eachRun(deps, runs, async (run) => {
    await freeReadyTasks(
      deps,
      run,
      ready.filter(({ runId }) => runId === run.id),
    );
    const { hasSkippedParked, waitsForRoom } = surveys.get(run.id) as RunSurvey;
    if (hasSkippedParked) {
      // A parked task can be finished by an answer; its job then only has to learn of it.
      await openGates(queues.of(run), run, await listSkippedParked(db, run.id));
    }
    if (waitsForRoom) await handOutRoom(db, queues, run.id);
  });
  // All at once, so that the record is asked for all at once.
  await Promise.all(ids.map((runId) => refreshBlocked(db, runId)));
}

/** With fewer shards than before, runs of those that nobody serves any more move to the others. */
async function inServedShard({ database, queues, log }: MaestroDeps, run: Run): Promise<Run> {
  const served = queues.shards.length;
  if (run.shard < served) return run;
  const shard = run.shard % served;
  log.warn({ runId: run.id, from: run.shard, to: shard }, 'moving a run to a shard that is served');
  return moveRun(database.db, run.id, shard);
}

/** Tasks that could start by the record must not be held back, or be missing, in the queue. */
async function freeReadyTasks(
  deps: MaestroDeps,
  run: Run,
  ready: readonly ReadyTask[],
): Promise<void> {
  const { database, queues, log } = deps;
  const { id: runId, generation } = run;
  for (const { id: taskId, agent, assignment, finished } of ready) {
    const jobId = taskJobId(runId, generation, taskId, assignment);
    const task = { runId, generation, taskId, dependencies: finished };
    const outcome = await freeParkedJob(queues.of(run), agent, jobId, task);
    if (outcome === 'freed') log.warn({ runId, taskId }, 'freed a job that was held back');
    // It may only have been given to another agent since we asked.
    if (outcome === 'lost' && (await isStill(database.db, run, taskId, assignment))) {
      return rebuildFlow(deps, runId);
    }
  }
}

/** Whether a task is to be done under the assignment and the generation that we knew. */
async function isStill(
  db: Db,
  { id, generation }: Run,
  taskId: string,
  assignment: number,
): Promise<boolean> {
  const [run, task] = [await getRun(db, id), await getTask(db, id, taskId)];
  return run.finishedAt === null && run.generation === generation && task.assignment === assignment;
}

/**
 * Jobs that BullMQ failed by itself (they stalled too often, a service was away for long), or whose
 * escalation was answered just before a crash. A task that failed by our own rule stays.
 */
async function reviveGivenUpJobs({ database, queues, log }: MaestroDeps): Promise<void> {
  const runs = new Map((await listOpenRuns(database.db)).map((run) => [run.id, run]));
  const { agents, failed } = await surveyTasks(database.db, [...runs.keys()]);
  const parked = new Set(
    failed
      .filter((task) => runs.get(task.runId)?.abortRequestedAt === null)
      .map((task) => `${task.runId}/${task.id}`),
  );
  for (const [shard, agent] of queues.shards.flatMap((each) =>
    agents.map((name) => [each, name] as const),
  )) {
    const revived = await reviveFailedJobs(
      shard,
      agent,
      ({ runId, generation, taskId }) =>
        runs.get(runId)?.generation === generation && !parked.has(`${runId}/${taskId}`),
    );
    for (const { runId, taskId } of revived) {
      log.warn({ runId, taskId }, 'revived a job that the queue had given up');
    }
  }
}

/**
 * Workers of this machine whose process is gone (kill -9, power cut) give their jobs back at once;
 * those of other machines do when their locks run out.
 */
async function returnJobsOfDeadWorkers({
  database,
  queues,
  log,
  machine,
}: MaestroDeps): Promise<void> {
  for (const worker of await listUnstoppedWorkers(database.db, machine)) {
    if (await isAlive(worker.process)) continue;
    const tokens = await listLockTokens(database.db, worker.id);
    const jobs: string[] = [];
    for (const shard of queues.shards) {
      jobs.push(...(await returnJobs(shard, Object.keys(worker.slots), tokens)));
    }
    if (jobs.length > 0) log.warn({ worker: worker.id, jobs }, 'took jobs back from a dead worker');
    await stopWorker(database.db, worker.id);
  }
}
