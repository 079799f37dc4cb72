import type { Relay } from 'bullmq';

/** News from process to process, which may be lost: what the fleet uses of BullMQ's relay. */
export type FleetRelay = Pick<Relay, 'publish' | 'subscribe'>;

/**
 * A relay that can be left while its store is away: nobody listens any more then, and the store forgets
 * whoever gives no sign of life.
 *
 * @param onError is told when the store could not be
 */
export function leaveQuietly(relay: Relay, onError: (error: Error) => void): FleetRelay {
  return {
    publish: (topic, data, options) => relay.publish(topic, data, options),
    async subscribe(pattern, listener) {
      const subscription = await relay.subscribe(pattern, listener);
      return { pattern, unsubscribe: () => subscription.unsubscribe().catch(onError) };
    },
  };
}
