import type { FleetQueues } from './fleet-queues.ts';

/** How many jobs each open queue has in each state. */
export async function countJobs(
  queues: FleetQueues,
): Promise<{ queue: string; state: string; count: number }[]> {
  const counted = await Promise.all(
    queues.all().map(async (queue) => {
      const counts = await queue.getJobCounts();
      return Object.entries(counts).map(([state, count]) => ({ queue: queue.name, state, count }));
    }),
  );
  return counted.flat();
}
