/**
 * Writes in flight: so many that group commit has something to group, so few that memory stays flat. Settlements are
 * handled in the order of the starts.
 */
export class Pipeline<T> {
  readonly #limit: number;
  readonly #onDone: (result: T) => void;
  readonly #running: Promise<T>[] = [];

  constructor(limit: number, onDone: (result: T) => void) {
    this.#limit = limit;
    this.#onDone = onDone;
  }

  /** Waits for a free place. Rejects with the first failure of what was started before; nothing is started then. */
  async start(run: () => Promise<T>): Promise<void> {
    while (this.#running.length >= this.#limit) await this.#oldest();
    const running = run();
    // A failure is looked at when its turn comes; until then it is not unhandled.
    running.catch(() => undefined);
    this.#running.push(running);
  }

  async drain(): Promise<void> {
    while (this.#running.length > 0) await this.#oldest();
  }

  async #oldest(): Promise<void> {
    const oldest = this.#running[0];
    if (oldest === undefined) return;
    const result = await oldest;
    this.#running.shift();
    this.#onDone(result);
  }
}
