import type { Offset, TopicId } from '../../protocol/log.ts';
import { logKey } from '../../storage/log/part.ts';

/** One who waits at the end of a partition. */
export interface TailWait {
  /** Resolves when a record from there on can be read, or there will never be one. */
  readonly ready: Promise<void>;
  /** Whoever stops waiting says so; nothing is left of it then. */
  cancel(): void;
}

interface Waiter {
  readonly from: Offset;
  readonly wake: () => void;
}

/** Who waits for records that have not been produced yet. The commit that brings them wakes them: nobody polls. */
export class TailWaiters {
  readonly #waiting = new Map<string, Set<Waiter>>();

  get count(): number {
    let count = 0;
    for (const waiters of this.#waiting.values()) count += waiters.size;
    return count;
  }

  wait(topic: TopicId, partition: number, from: Offset): TailWait {
    const { promise, resolve } = Promise.withResolvers<void>();
    const key = logKey(topic, partition);
    const waiters = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiters);
    const waiter = { from, wake: resolve };
    waiters.add(waiter);
    return { ready: promise, cancel: () => this.#remove(key, waiter) };
  }

  /** Records below `next` can be read. */
  wake(topic: TopicId, partition: number, next: Offset): void {
    const key = logKey(topic, partition);
    for (const waiter of this.#waiting.get(key) ?? []) {
      if (waiter.from >= next) continue;
      this.#remove(key, waiter);
      waiter.wake();
    }
  }

  /** The topic has gone, or with no topic: all have. */
  wakeAll(topic?: TopicId): void {
    for (const [key, waiters] of this.#waiting) {
      if (topic !== undefined && !key.startsWith(`${topic}/`)) continue;
      this.#waiting.delete(key);
      for (const { wake } of waiters) wake();
    }
  }

  #remove(key: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(key);
  }
}
