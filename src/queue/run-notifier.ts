import type { RelaySubscription } from 'bullmq';
import type { Logger } from '../domain/logger.ts';
import type { FleetRelay } from './fleet-relay.ts';
import { runTopic } from './topics.ts';

/** How long news of one run are gathered before they are published, in milliseconds. */
const gatherTime = 25;

/**
 * Tells every process that a run has new messages, and hears it. A nudge only: listeners read the
 * record, so a nudge that is lost or doubled does no harm.
 */
export class RunNotifier {
  readonly #relay: FleetRelay;
  readonly #log: Logger;
  readonly #pending = new Map<string, NodeJS.Timeout>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #subscriptions = new Map<string, Promise<RelaySubscription>>();

  constructor(relay: FleetRelay, log: Logger) {
    this.#relay = relay;
    this.#log = log;
  }

  readonly notify = (runId: string): void => {
    if (this.#pending.has(runId)) return;
    const timer = setTimeout(() => void this.#publish(runId), gatherTime);
    this.#pending.set(runId, timer);
  };

  async #publish(runId: string): Promise<void> {
    this.#pending.delete(runId);
    try {
      await this.#relay.publish(runTopic(runId), {});
    } catch (error) {
      this.#log.warn({ err: error, runId }, 'watchers could not be told of news');
    }
  }

  /** Calls `listener` whenever the run has news. Resolves when nothing can be missed any more. */
  async subscribe(runId: string, listener: () => void): Promise<() => Promise<void>> {
    const listeners = this.#listeners.get(runId) ?? new Set();
    this.#listeners.set(runId, listeners.add(listener));
    let subscription = this.#subscriptions.get(runId);
    if (subscription === undefined) {
      subscription = this.#relay.subscribe(runTopic(runId), () => {
        for (const each of this.#listeners.get(runId) ?? []) each();
      });
      this.#subscriptions.set(runId, subscription);
    }
    await subscription;
    return async () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(runId) !== listeners) return;
      this.#listeners.delete(runId);
      this.#subscriptions.delete(runId);
      await (await subscription).unsubscribe();
    };
  }

  /** Publishes what is still gathered. */
  async close(): Promise<void> {
    const runIds = [...this.#pending.keys()];
    for (const timer of this.#pending.values()) clearTimeout(timer);
    await Promise.all(runIds.map((runId) => this.#publish(runId)));
  }
}
