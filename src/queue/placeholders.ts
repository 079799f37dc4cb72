import type { Queue } from 'bullmq';
import { keepPlace } from './change-priority.ts';
import type { ShardQueues } from './fleet-queues.ts';

/** Placeholders that are removed at once: the process and the queue's server have others to serve. */
const batch = 100;

/**
 * Removes placeholders (links, gates), which releases the jobs that nothing else holds back. Doing it
 * again is harmless.
 */
export async function removePlaceholders(
  queues: ShardQueues,
  ids: readonly string[],
): Promise<void> {
  const { links } = queues;
  for (let start = 0; start < ids.length; start += batch) {
    const some = ids.slice(start, start + batch);
    // Redis lets what is released like this come before all that waits (measured).
    const released = queues.kind === 'redis' ? await parentsOf(links, some) : [];
    await Promise.all(some.map((id) => links.remove(id, { removeChildren: false })));
    await Promise.all(released.map(({ queue, id }) => keepPlace(queues.open(queue), id)));
  }
}

/** The jobs that some placeholders hold back. */
async function parentsOf(
  links: Queue,
  ids: readonly string[],
): Promise<{ readonly queue: string; readonly id: string }[]> {
  const found = await Promise.all(ids.map((id) => links.getJob(id)));
  return found.flatMap((placeholder) => {
    const parent = placeholder?.parent;
    if (parent?.id === undefined) return [];
    return [{ queue: parent.queueKey.slice(parent.queueKey.lastIndexOf(':') + 1), id: parent.id }];
  });
}
