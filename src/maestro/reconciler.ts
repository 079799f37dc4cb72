import { planJobId, runJobId, taskJobId } from '../queue/job-names.ts';
import { openGates } from '../queue/parking.ts';
import { freeParkedJob, returnJobs, reviveFailedJobs } from '../queue/recovery.ts';
import { isAlive } from '../storage/local-server/process-mark.ts';
import { listDependencies } from '../storage/plan-store.ts';
import { listSkippedParked } from '../storage/park-store.ts';
import { handOutRoom } from '../queue/hand-out-room.ts';
import { anyWaitsForRoom } from '../storage/room-store.ts';
import { listPendingRevisions } from '../storage/revision-store.ts';
import { refreshBlocked } from '../storage/refresh-blocked.ts';
import { listOpenRuns, moveRun, type Run } from '../storage/run-store.ts';
import { listFinished, listReadyTasks, surveyTasks } from '../storage/task-store.ts';
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

/**
 * Compares the record with the queue and heals what differs: what a crash left half-done, what a
 * dead worker of this machine still holds, and a queue that lost all it had, or a part.
 */
export async function reconcile(deps: MaestroDeps): Promise<void> {
  const { database, log } = deps;
  await returnJobsOfDeadWorkers(deps);
  for (const { runId } of await listPendingRevisions(database.db)) await reviseRun(deps, runId);
  const open = await listOpenRuns(database.db);
  // Of very many runs each has its turn for the closer look now and then; what it finds is rare.
  const share = closerLooks / open.length;
  await inParallel(open, runsAtOnce, async (run) => {
    try {
      await reconcileRun(deps, run, Math.random() < share);
    } catch (error) {
      // One run's trouble is not that of the others.
      log.error({ err: error, runId: run.id }, 'a run could not be reconciled; it is tried again');
    }
  });
  await reviveGivenUpJobs(deps);
}

async function reconcileRun(deps: MaestroDeps, found: Run, closely: boolean): Promise<void> {
  const { database, queues } = deps;
  const run = await inServedShard(deps, found);
  if (run.abortRequestedAt !== null) return drainRun(deps, run);
  if (run.state === 'submitted') {
    const job = await queues.of(run).maestro.getJob(planJobId(run.id));
    if (job === undefined) await enqueuePlanning(deps, run);
    else if (await job.isFailed()) await job.retry('failed', { resetAttemptsMade: true });
    return;
  }
  if (run.state === 'planned') return enqueueFlow(deps, run.id);

  const root = await queues.of(run).maestro.getJob(runJobId(run.id, run.generation));
  if (root === undefined) return rebuildFlow(deps, run.id);
  if (run.flowGeneration !== run.generation) return resumeFlow(deps, run.id);
  if (await root.isFailed()) await root.retry('failed', { resetAttemptsMade: true });
  if ((await settleReassignments(deps, run)) === 'lost') return rebuildFlow(deps, run.id);
  await followPriority(deps, run);
  if (!closely) return;
  await freeReadyTasks(deps, run);
  // A parked task can be finished by an answer; its job then only has to learn of it.
  await openGates(queues.of(run), run, await listSkippedParked(database.db, run.id));
  if (await anyWaitsForRoom(database.db, run.id)) await handOutRoom(database.db, queues, run.id);
  await refreshBlocked(database.db, run.id);
}

/** With fewer shards than before, runs of those that nobody serves any more move to the others. */
async function inServedShard({ database, queues, log }: MaestroDeps, run: Run): Promise<Run> {
  const served = queues.shards.length;
  if (run.shard < served) return run;
  const shard = run.shard % served;
  log.warn({ runId: run.id, from: run.shard, to: shard }, 'moving a run to a shard that is served');
  return moveRun(database.db, run.id, shard);
}

/** How many tasks of a run are looked at in one round; those that wait longest come first. */
const readyTasksPerRound = 100;

/** Tasks that could start by the record must not be held back, or be missing, in the queue. */
async function freeReadyTasks(deps: MaestroDeps, run: Run): Promise<void> {
  const { database, queues, log } = deps;
  const { id: runId, generation } = run;
  const ready = await listReadyTasks(database.db, runId, readyTasksPerRound);
  if (ready.length === 0) return;
  const edges = await listDependencies(
    database.db,
    runId,
    ready.map((task) => task.id),
  );
  const needed = edges.map((edge) => edge.dependsOn);
  const finished = new Set(await listFinished(database.db, runId, needed));
  for (const task of ready) {
    const jobId = taskJobId(runId, generation, task.id, task.assignment);
    const outcome = await freeParkedJob(queues.of(run), task.agent, jobId, {
      ...{ runId, generation, taskId: task.id },
      dependencies: edges
        .filter((edge) => edge.taskId === task.id && finished.has(edge.dependsOn))
        .map((edge) => edge.dependsOn),
    });
    if (outcome === 'lost') return rebuildFlow(deps, runId);
    if (outcome === 'freed') log.warn({ runId, taskId: task.id }, 'freed a job that was held back');
  }
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
