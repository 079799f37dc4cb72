import type { FleetQueues } from './fleet-queues.ts';

/** How many jobs each open queue has in each state, over all shards. */
export async function countJobs(
  queues: FleetQueues,
): Promise<{ queue: string; state: string; count: number }[]> {
  const sums = new Map<string, { queue: string; state: string; count: number }>();
  await Promise.all(
    queues.all().map(async ({ queue }) => {
      for (const [state, count] of Object.entries(await queue.getJobCounts())) {
        const key = `${queue.name} ${state}`;
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { queue: queue.name, state, count });
        else sum.count += count;
      }
    }),
  );
  return [...sums.values()];
}
