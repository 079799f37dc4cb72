import { planJobId, runJobId } from '../queue/job-names.ts';
import { listRoots, removeFlow } from '../queue/remove-flow.ts';
import type { RunJobData } from '../queue/run-flow.ts';
import { findRuns, listLeavingRuns, markLeftQueue, type Run } from '../storage/run-store.ts';
import { inParallel } from './in-parallel.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** How long the jobs of an ended run can still be looked at in the queue, in seconds. */
const farewell = 60;
/** Runs that are listed at once, and of these, how many leave at the same time. */
const listed = 100;
const atOnce = 5;

/**
 * Takes the jobs of ended runs out of the queue; the record keeps their history. What a crash leaves
 * behind, the next round finds.
 *
 * @param isWanted is asked now and then whether to go on
 */
export async function retireRuns(
  deps: MaestroDeps,
  seconds = farewell,
  isWanted: () => boolean = () => true,
): Promise<void> {
  const { database, log } = deps;
  while (isWanted()) {
    let left = 0;
    const runs = await listLeavingRuns(database.db, seconds, listed);
    await inParallel(runs, atOnce, async (run) => {
      try {
        if (!(await removeJobs(deps, run))) return;
        await markLeftQueue(database.db, run);
        left++;
      } catch (error) {
        log.warn(
          { err: error, runId: run.id },
          'the jobs of an ended run could not be removed yet',
        );
      }
    });
    // Of those that cannot leave yet the next round asks again.
    if (runs.length < listed || left === 0) return;
  }
}

async function removeJobs({ queues }: MaestroDeps, run: Run): Promise<boolean> {
  const shard = queues.of(run);
  for (let generation = 0; generation <= run.generation; generation++) {
    if (!(await removeFlow(shard, runJobId(run.id, generation)))) return false;
  }
  await shard.maestro.remove(planJobId(run.id));
  return (await shard.maestro.getJob(planJobId(run.id))) === undefined;
}

/**
 * Removes flows that belong to nothing in the record: of runs that are unknown or have left, of
 * generations that were built anew, of runs that have moved to another shard.
 */
export async function removeOrphans({ database, queues, log }: MaestroDeps): Promise<void> {
  for (const shard of queues.shards) {
    const orphans: string[] = [];
    for await (const roots of listRoots(shard.maestro)) {
      const runs = new Map(
        (
          await findRuns(
            database.db,
            roots.map((root) => (root.data as RunJobData).runId),
          )
        ).map((run) => [run.id, run]),
      );
      for (const root of roots) {
        const { runId, generation } = root.data as RunJobData;
        const run = runs.get(runId);
        const isWanted =
          run !== undefined &&
          run.shard === shard.shard &&
          run.generation <= generation &&
          run.leftQueueAt === null;
        if (!isWanted) orphans.push(root.id as string);
      }
    }
    // Afterwards: what is removed while one pages would make the next page skip some.
    for (const rootId of orphans) {
      const gone = await removeFlow(shard, rootId);
      log.warn({ rootId, gone }, 'removing a flow from the queue that the record has no use for');
    }
  }
}
