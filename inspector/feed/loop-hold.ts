const SAMPLE_MS = 10;

/**
 * The longest time that the event loop was held between two looks. By a timer of its own: Node's histogram of the loop's delay
 * misses whatever happens within two samples after each reset.
 */
export class LoopHold implements Disposable {
  readonly #timer = setInterval(() => this.#sample(performance.now()), SAMPLE_MS).unref();
  #last = performance.now();
  #longestMs = 0;

  /** Since it was asked last, milliseconds. */
  take(nowMs: number): number {
    // The timer may be due and not have had its turn.
    this.#sample(nowMs);
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return longest;
  }

  #sample(nowMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#last - SAMPLE_MS);
    this.#last = nowMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
