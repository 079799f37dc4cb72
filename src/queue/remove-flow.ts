import type { Job, Queue } from 'bullmq';
import type { ShardQueues } from './fleet-queues.ts';
import { maestroQueue } from './job-names.ts';

interface Place {
  readonly queue: string;
  readonly id: string;
}

/** Jobs that are looked at, or removed, at once: none of the queue's servers waits long for us. */
const batch = 100;

/**
 * Removes a flow from the queue, leaves first and the root last, so that a crash in between is made
 * good by calling again. For flows that nobody works on any more: a job that is being worked on stays,
 * and so does what is above it.
 *
 * @returns whether all of it is gone
 */
export async function removeFlow(shard: ShardQueues, rootId: string): Promise<boolean> {
  if ((await shard.maestro.getJob(rootId)) === undefined) return true;
  const seen = new Set<string>();
  const levels: Place[][] = [];
  let level: Place[] = [{ queue: maestroQueue, id: rootId }];
  while (level.length > 0) {
    levels.push(level);
    const below: Place[] = [];
    for (const part of inBatches(level)) {
      for (const child of (await Promise.all(part.map((each) => childrenOf(shard, each)))).flat()) {
        if (seen.has(child.id)) continue;
        seen.add(child.id);
        below.push(child);
      }
    }
    level = below;
  }
  for (const places of levels.reverse()) {
    for (const part of inBatches(places)) {
      const removed = await Promise.all(
        part.map(({ queue, id }) => shard.open(queue).remove(id, { removeChildren: false })),
      );
      if (removed.includes(0) && (await areThere(shard, part))) return false;
    }
  }
  return true;
}

async function childrenOf(shard: ShardQueues, { queue, id }: Place): Promise<Place[]> {
  const job = await shard.open(queue).getJob(id);
  if (job === undefined) return [];
  const { processed, unprocessed, ignored, failed } = await (job as Job).getDependencies();
  return [
    ...Object.keys(processed ?? {}),
    ...(unprocessed ?? []),
    ...Object.keys(ignored ?? {}),
    ...(failed ?? []),
  ].map(placeOf);
}

/** A job's key ends in its queue and its id on both backends, and our names have no colon. */
function placeOf(key: string): Place {
  const [id = '', queue = ''] = key.split(':').reverse();
  return { queue, id };
}

/** The backends differ in what they answer for a job that was gone already. */
async function areThere(shard: ShardQueues, places: readonly Place[]): Promise<boolean> {
  const jobs = await Promise.all(places.map(({ queue, id }) => shard.open(queue).getJob(id)));
  return jobs.some((job) => job !== undefined);
}

function inBatches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / batch) }, (_, index) =>
    items.slice(index * batch, (index + 1) * batch),
  );
}

/** The roots of all flows in a shard, by page. */
export async function* listRoots(maestro: Queue): AsyncGenerator<readonly Job[]> {
  for (const state of ['waiting-children', 'delayed', 'completed', 'failed'] as const) {
    for (let start = 0; ; start += batch) {
      const jobs = await maestro.getJobs([state], start, start + batch - 1);
      yield jobs.filter((job) => job?.name === 'run');
      if (jobs.length < batch) break;
    }
  }
}
