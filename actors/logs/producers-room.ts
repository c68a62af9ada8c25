import type { Clock, Release } from '../../protocol/runtime.ts';
import type { EventHub } from '../events.ts';

interface RoomParts {
  readonly topic: string;
  readonly partition: number;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly keepAlive: () => Release;
}

/** Where the producers of a topic partition wait while its log is too far ahead of its compaction. */
export class ProducersRoom {
  readonly #parts: RoomParts;
  #open: PromiseWithResolvers<void> | undefined;
  #letGo: Release = () => {};
  #since = 0;
  #waiting = 0;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves, never rejects, at the next `release`. */
  wait(bytes: number, limit: number): Promise<void> {
    this.#waiting += 1;
    if (this.#open !== undefined) return this.#open.promise;
    const { topic, partition, clock, hub, keepAlive } = this.#parts;
    this.#open = Promise.withResolvers();
    this.#since = clock.now();
    this.#letGo = keepAlive();
    const reason = `${bytes} bytes came in while a compaction is going`;
    const { promise } = this.#open;
    hub.emit({ type: 'producersWaiting', topic, partition, reason, bytes, limit });
    return promise;
  }

  /** Lets everybody go. */
  release(reason: string): void {
    if (this.#open === undefined) return;
    const { topic, partition, clock, hub } = this.#parts;
    this.#open.resolve();
    this.#open = undefined;
    this.#waiting = 0;
    this.#letGo();
    hub.emit({ type: 'producersResumed', topic, partition, reason, waitedMs: clock.now() - this.#since });
  }
}
