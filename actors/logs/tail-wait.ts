import type { Release, Runtime, TimerId } from '../../protocol/runtime.ts';

/** One pull's wait at the end of the log: for news, and with an idle time-out for no longer than that altogether. */
export class TailWait {
  readonly #runtime: Pick<Runtime, 'clock' | 'keepAlive'>;
  readonly #idleTimeout: number | undefined;
  #timer: TimerId;
  #expired: boolean;
  #news: PromiseWithResolvers<void> | undefined;
  #letGo: Release | undefined;

  constructor(runtime: Pick<Runtime, 'clock' | 'keepAlive'>, idleTimeout: number | undefined) {
    this.#runtime = runtime;
    this.#idleTimeout = idleTimeout;
    this.#expired = idleTimeout === 0;
  }

  get expired(): boolean {
    return this.#expired;
  }

  /** Resolves at `wake`, at `end`, and when the time is over. The time runs from the first call on. */
  async forNews(): Promise<void> {
    this.#news = Promise.withResolvers();
    this.#letGo ??= this.#runtime.keepAlive();
    if (this.#idleTimeout !== undefined) this.#timer ??= this.#runtime.clock.setTimer(() => this.#expire(), this.#idleTimeout);
    await this.#news.promise;
  }

  wake(): void {
    this.#news?.resolve();
  }

  end(): void {
    this.#letGo?.();
    this.#letGo = undefined;
    if (this.#timer !== undefined) this.#runtime.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.wake();
  }

  #expire(): void {
    this.#expired = true;
    this.wake();
  }
}
