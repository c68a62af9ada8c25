const EVERY_MS = 1000;

interface Memory {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

/** Of the process. Asking the system takes as long as most of a frame, so it is not done for each. */
export class MemoryUsage {
  #due = Number.NEGATIVE_INFINITY;
  #last: Memory = { rssBytes: 0, heapBytes: 0 };

  look(nowMs: number): Memory {
    if (nowMs < this.#due) return this.#last;
    this.#due = nowMs + EVERY_MS;
    const { rss, heapUsed } = process.memoryUsage();
    this.#last = { rssBytes: rss, heapBytes: heapUsed };
    return this.#last;
  }
}
