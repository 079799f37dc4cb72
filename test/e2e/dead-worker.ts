import type { Job } from 'bullmq';
import { openWorkspace } from '../../src/agents/workspace.ts';
import { newId } from '../../src/domain/id.ts';
import { agentQueue } from '../../src/queue/job-names.ts';
import type { TaskJobData } from '../../src/queue/run-flow.ts';
import { type Fence } from '../../src/storage/attempt-store.ts';
import { claimTask, type ClaimedTask } from '../../src/storage/claim-store.ts';
import { registerWorker } from '../../src/storage/worker-store.ts';
import type { Services } from '../../src/runtime/services.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * A worker of this machine that takes jobs and does what the test says. Its process is gone (or
 * another one is named), so that nothing it holds will ever be finished or renewed by it.
 */
export async function openDeadWorker(
  { database, queues, machine }: Services,
  agent: string,
  process = '999999-gone',
) {
  const { db } = database;
  const workerId = newId('wrk');
  const slots = { [agent]: 8 };
  await registerWorker(db, { id: workerId, host: machine, process, slots });
  const hands = queues.of({ shard: 0 }).worker<TaskJobData>(agentQueue(agent), async () => null, {
    autorun: false,
    lockDuration: 60_000,
  });
  const lockToken = `${workerId}:0`;
  return {
    /** Takes the next job of the agent's queue, and no more. */
    takeJob: (): Promise<Job<TaskJobData>> =>
      waitFor(() => hands.getNextJob(lockToken, { block: false }), { what: 'a job to take' }),
    /** Claims the task of a job. */
    async claim(job: Job<TaskJobData>): Promise<{ claimed: ClaimedTask; fence: Fence }> {
      const { links: _, ...data } = job.data;
      const jobId = job.id as string;
      const result = await claimTask(db, { ...data, workerId, jobId, lockToken });
      if (result.kind !== 'claimed') throw new Error(`${data.taskId} is ${result.kind}`);
      const { epoch } = result.claimed;
      return { claimed: result.claimed, fence: { runId: data.runId, taskId: data.taskId, epoch } };
    },
    lockToken,
    /** Lets go of connections only. */
    close: () => hands.close(true),
  };
}

/** The commit of a workspace in which `change` was made. */
export async function commitWork(
  options: Parameters<typeof openWorkspace>[0],
  claimed: ClaimedTask,
  fence: Fence,
  change: (directory: string) => void,
): Promise<string> {
  const workspace = await openWorkspace(options, claimed, fence);
  change(workspace.directory);
  const commit = await workspace.save('Work by hand');
  await workspace.remove();
  if (commit === null) throw new Error('nothing was changed');
  return commit;
}
