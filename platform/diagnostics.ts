import { channel } from 'node:diagnostics_channel';
import type { Publisher } from '../protocol/runtime.ts';

/**
 * Node's channel of that name. What a subscriber throws does not come back to who publishes: Node hands it to
 * `uncaughtException` in the next tick.
 */
export function diagnosticsChannel(name: string): Publisher {
  const named = channel(name);
  return {
    get hasSubscribers() {
      return named.hasSubscribers;
    },
    publish: (message) => named.publish(message),
    run: (message, work) => named.runStores(message, work),
  };
}
