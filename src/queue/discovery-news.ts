import type { Logger } from '../domain/logger.ts';
import type { FleetRelay } from './fleet-relay.ts';

const topic = (runId: string): string => `discoveries.${runId}`;

/**
 * Tells every worker at once that an agent of a run has found something out, and hears it. A nudge
 * only: listeners read the record.
 */
export interface DiscoveryNews {
  tell(runId: string): void;
  hear(listener: (runId: string) => void): Promise<{ unsubscribe(): Promise<void> }>;
}

export function createDiscoveryNews(relay: FleetRelay, log: Logger): DiscoveryNews {
  return {
    tell(runId) {
      relay
        .publish(topic(runId), {})
        .catch((err: unknown) => log.warn({ err, runId }, 'a discovery could not be announced'));
    },
    hear: (listener) =>
      relay.subscribe(topic('*'), (message) => listener(message.topic.slice(topic('').length))),
  };
}
