import { hostname } from 'node:os';
import { planJobId, runJobId, taskJobId } from '../queue/job-names.ts';
import { returnJob, reviveJob } from '../queue/recovery.ts';
import { isAlive } from '../storage/local-server/process-mark.ts';
import { listOpenRuns, nextGeneration, refreshBlocked, type Run } from '../storage/run-store.ts';
import { listTasks } from '../storage/task-store.ts';
import { listHeldAttempts, listUnstoppedWorkers, stopWorker } from '../storage/worker-store.ts';
import { abortRun } from './run-control.ts';
import { enqueueFlow, enqueuePlanning } from './enqueue-run.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Compares the record with the queue and heals what differs: what a crash left half-done, what a
 * dead worker of this machine still holds, and a queue that lost all it had.
 */
export async function reconcile(deps: MaestroDeps): Promise<void> {
  await returnJobsOfDeadWorkers(deps);
  for (const run of await listOpenRuns(deps.database.db)) await reconcileRun(deps, run);
}

async function reconcileRun(deps: MaestroDeps, run: Run): Promise<void> {
  const { database, queues, log } = deps;
  if (run.state === 'submitted') {
    if (run.abortRequestedAt !== null) return abortRun(deps, run.id);
    const job = await queues.maestro.getJob(planJobId(run.id));
    if (job === undefined) await enqueuePlanning(deps, run.id);
    else if (await job.isFailed()) await job.retry('failed', { resetAttemptsMade: true });
    return;
  }
  if (run.state === 'planned') return enqueueFlow(deps, run);

  const root = await queues.maestro.getJob(runJobId(run.id, run.generation));
  if (root === undefined) {
    const generation = await nextGeneration(database.db, run.id);
    log.warn({ runId: run.id, generation }, 'the queue lost the run; building its flow again');
    return enqueueFlow(deps, { ...run, generation });
  }
  if (await root.isFailed()) await root.retry('failed', { resetAttemptsMade: true });
  for (const task of await listTasks(database.db, run.id)) {
    // A job that BullMQ failed by itself (it stalled too often, a service was away for long), or
    // whose escalation was answered just before a crash. A task that failed by our own rule stays.
    if (task.state === 'failed' && run.abortRequestedAt === null) continue;
    const jobId = taskJobId(run.id, run.generation, task.id, task.assignment);
    if (await reviveJob(queues, task.agent, jobId)) {
      log.warn({ runId: run.id, taskId: task.id }, 'revived a job that the queue had given up');
    }
  }
  await refreshBlocked(database.db, run.id);
}

/**
 * Workers of this machine whose process is gone (kill -9, power cut) give their jobs back at once;
 * those of other machines do when their locks run out.
 */
async function returnJobsOfDeadWorkers({ database, queues, log }: MaestroDeps): Promise<void> {
  for (const worker of await listUnstoppedWorkers(database.db, hostname())) {
    if (await isAlive(worker.process)) continue;
    for (const attempt of await listHeldAttempts(database.db, worker.id)) {
      const { agent, jobId, lockToken, runId, taskId } = attempt;
      if (await returnJob(queues, agent, jobId, lockToken)) {
        log.warn({ runId, taskId, worker: worker.id }, 'took a task back from a dead worker');
      }
    }
    await stopWorker(database.db, worker.id);
  }
}
