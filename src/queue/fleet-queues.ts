import type { FlowProducer, Queue } from 'bullmq';
import { leaveQuietly, type FleetRelay } from './fleet-relay.ts';
import type { QueueBackend, ShardBackend } from './queue-backend.ts';
import { agentQueue, linksQueue, maestroQueue, requirementsQueue } from './job-names.ts';

/** The queues of one shard. All jobs of a run are in the shard that its record names. */
export interface ShardQueues {
  readonly kind: QueueBackend['kind'];
  readonly shard: number;
  readonly maestro: Queue;
  readonly links: Queue;
  readonly producer: FlowProducer;
  readonly worker: ShardBackend['worker'];
  /** A queue by its name, opened on first use. */
  open(name: string): Queue;
  /** The queue of an agent. */
  agent(name: string): Queue;
}

/** The queues as producers use them, opened once per process. */
export interface FleetQueues {
  readonly kind: QueueBackend['kind'];
  /** The shards that new runs are spread over, and that every worker serves. */
  readonly shards: readonly ShardQueues[];
  /** Where producers submit requirements; in the first shard. */
  readonly requirements: Queue;
  readonly relay: FleetRelay;
  /** Where the jobs of a run are. */
  of(run: { readonly shard: number }): ShardQueues;
  /** The shard for a new run: each in turn. */
  nextShard(): number;
  /** All queues opened so far with their shard, for boards and counters. */
  all(): readonly { readonly queue: Queue; readonly shard: number }[];
  close(): Promise<void>;
}

export async function openFleetQueues(
  backend: QueueBackend,
  nodeName: string,
  onError: (error: Error) => void,
): Promise<FleetQueues> {
  const opened: { queue: Queue; shard: number }[] = [];
  const producers: FlowProducer[] = [];
  const openShard = (shard: number): ShardQueues => {
    const shardBackend = backend.shard(shard);
    const byName = new Map<string, Queue>();
    const open = (name: string): Queue => {
      const existing = byName.get(name);
      if (existing !== undefined) return existing;
      const queue = shardBackend.queue(name);
      // Without a listener a lost connection would end the process; BullMQ reconnects by itself.
      queue.on('error', onError);
      byName.set(name, queue);
      opened.push({ queue, shard });
      return queue;
    };
    const producer = shardBackend.flowProducer();
    producer.on('error', onError);
    producers.push(producer);
    return {
      kind: backend.kind,
      shard,
      maestro: open(maestroQueue),
      links: open(linksQueue),
      producer,
      worker: shardBackend.worker,
      open,
      agent: (name) => open(agentQueue(name)),
    };
  };
  const shards = Array.from({ length: backend.shards }, (_, shard) => openShard(shard));
  const others = new Map<number, ShardQueues>();
  const requirements = backend.shard(0).queue(requirementsQueue);
  requirements.on('error', onError);
  opened.push({ queue: requirements, shard: 0 });
  const relay = backend.relay(nodeName);
  relay.on('error', onError);
  // Not the first one in every process: many short-lived producers would all choose it.
  let turn = Math.floor(Math.random() * shards.length);
  const queues: FleetQueues = {
    kind: backend.kind,
    shards,
    requirements,
    relay: leaveQuietly(relay, onError),
    of({ shard }) {
      const known = shards[shard] ?? others.get(shard);
      if (known !== undefined) return known;
      const other = openShard(shard);
      others.set(shard, other);
      return other;
    },
    nextShard: () => turn++ % shards.length,
    all: () => [...opened],
    async close() {
      await relay.close();
      await Promise.all(producers.map((producer) => producer.close()));
      await Promise.all(opened.map(({ queue }) => queue.close()));
    },
  };
  await Promise.all([...opened.map(({ queue }) => queue.waitUntilReady()), relay.waitUntilReady()]);
  return queues;
}
