interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock whose time passes from one timer to the next, when it is told to. */
export class Timers {
  readonly #timers = new Map<number, Timer>();
  #now = 0;
  #next = 1;

  get pending(): number {
    return this.#timers.size;
  }

  /** Arrows, because XState calls them on their own. */
  readonly setTimeout = (run: (...args: never[]) => void, ms: number): number => {
    const id = this.#next++;
    this.#timers.set(id, { due: this.#now + ms, run });
    return id;
  };

  readonly clearTimeout = (id: number): void => void this.#timers.delete(id);

  /** Until the timer that is due first has run; of several, the oldest. */
  elapse(): void {
    const [first] = [...this.#timers].toSorted(([, a], [, b]) => a.due - b.due);
    if (first === undefined) return;
    const [id, { due, run }] = first;
    this.#timers.delete(id);
    this.#now = due;
    run();
  }
}
