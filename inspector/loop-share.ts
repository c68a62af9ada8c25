import { type Pace, pauseAfter } from './feed/pace.ts';

/** Work for many, a slice after the other in the order in which they ask, so that all of it has no more than its share of the event loop. */
export class LoopShare {
  readonly #pace: Pace;
  #free: Promise<void> = Promise.resolve();

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Rejects with what the slice throws. The loop has at least one turn between two of them. */
  async take<T>(slice: () => T): Promise<T> {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = promise;
    await before;
    const start = performance.now();
    try {
      return slice();
    } finally {
      setTimeout(resolve, pauseAfter(performance.now() - start, this.#pace)).unref();
    }
  }
}
