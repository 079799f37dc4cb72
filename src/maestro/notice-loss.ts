import { runJobId } from '../queue/job-names.ts';
import { oldestRunOfEachShard } from '../storage/run-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Whether a shard of the queue has lost what it had (a Redis that came back empty, a FLUSHALL): then
 * the flow of its oldest run is missing. One statement, and one command for each shard in use.
 */
export async function hasLostRuns({ database, queues }: MaestroDeps): Promise<boolean> {
  const runs = await oldestRunOfEachShard(database.db);
  const roots = await Promise.all(
    runs.map((run) => queues.of(run).maestro.getJob(runJobId(run.id, run.generation))),
  );
  return roots.includes(undefined);
}
