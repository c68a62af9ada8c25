import { Interrupted, STOP_SIGNALS, type StopSignal } from './failure.ts';

/**
 * Turns the first Ctrl-C (or SIGTERM, SIGHUP) into an abort, so that the store is closed before the process goes; the
 * second one ends the process as usual. Also keeps the process alive: an idle engine holds nothing open, and Node
 * would otherwise leave in the middle of an await.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #alive = setInterval(() => undefined, 2 ** 30);
  readonly #listeners = new Map<StopSignal, () => void>();

  constructor() {
    for (const name of STOP_SIGNALS) {
      const listener = () => this.#stop(name);
      this.#listeners.set(name, listener);
      process.once(name, listener);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#alive);
    this.#unlisten();
  }

  #stop(name: StopSignal): void {
    this.#unlisten();
    this.#controller.abort(new Interrupted(name));
  }

  #unlisten(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
    this.#listeners.clear();
  }
}
