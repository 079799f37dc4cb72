import type { FlowProducer, Queue, Relay } from 'bullmq';
import type { QueueBackend } from './queue-backend.ts';
import { agentQueue, linksQueue, maestroQueue, requirementsQueue } from './job-names.ts';

/** The queues as producers use them, opened once per process. */
export interface FleetQueues {
  readonly backend: QueueBackend;
  readonly maestro: Queue;
  readonly links: Queue;
  readonly requirements: Queue;
  readonly producer: FlowProducer;
  readonly relay: Relay;
  /** The queue of an agent, opened on first use. */
  agent(name: string): Queue;
  /** All queues opened so far, for boards and counters. */
  all(): readonly Queue[];
  close(): Promise<void>;
}

export async function openFleetQueues(
  backend: QueueBackend,
  nodeName: string,
  onError: (error: Error) => void,
): Promise<FleetQueues> {
  const opened = new Map<string, Queue>();
  const open = (name: string): Queue => {
    const existing = opened.get(name);
    if (existing !== undefined) return existing;
    const queue = backend.queue(name);
    // Without a listener a lost connection would end the process; BullMQ reconnects by itself.
    queue.on('error', onError);
    opened.set(name, queue);
    return queue;
  };
  const producer = backend.flowProducer();
  producer.on('error', onError);
  const relay = backend.relay(nodeName);
  relay.on('error', onError);
  const queues: FleetQueues = {
    backend,
    maestro: open(maestroQueue),
    links: open(linksQueue),
    requirements: open(requirementsQueue),
    producer,
    relay,
    agent: (name) => open(agentQueue(name)),
    all: () => [...opened.values()],
    async close() {
      await relay.close();
      await producer.close();
      await Promise.all([...opened.values()].map((queue) => queue.close()));
    },
  };
  await Promise.all([
    ...[...opened.values()].map((queue) => queue.waitUntilReady()),
    relay.waitUntilReady(),
  ]);
  return queues;
}
