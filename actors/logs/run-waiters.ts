import type { LithifyError } from '../../protocol/errors.ts';
import type { Release } from '../../protocol/runtime.ts';

interface Waiter {
  readonly run: number;
  resolve(): void;
  reject(error: LithifyError): void;
}

/** Who waits for the end of which run; waiting keeps the process alive. */
export class RunWaiters {
  readonly #keepAlive: () => Release;
  #waiting: readonly Waiter[] = [];

  constructor(keepAlive: () => Release) {
    this.#keepAlive = keepAlive;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when the run with this number has ended well, rejects when it has failed. */
  wait(run: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting = [...this.#waiting, { run, resolve, reject }];
    return promise.finally(this.#keepAlive());
  }

  resolve(run: number): void {
    for (const waiter of this.#take(run)) waiter.resolve();
  }

  reject(run: number, error: LithifyError): void {
    for (const waiter of this.#take(run)) waiter.reject(error);
  }

  rejectAll(error: LithifyError): void {
    this.reject(Number.POSITIVE_INFINITY, error);
  }

  /** Those who waited for this run, or for one before it. */
  #take(run: number): readonly Waiter[] {
    const taken = this.#waiting.filter((waiter) => waiter.run <= run);
    this.#waiting = this.#waiting.filter((waiter) => waiter.run > run);
    return taken;
  }
}
