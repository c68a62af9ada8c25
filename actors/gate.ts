/**
 * Lets as many requests through to the mailbox as it has room for, in the order in which they came; the others wait
 * here, with their callers. XState's own queue would take them all.
 */
export class Gate {
  readonly #hasRoom: () => boolean;
  readonly #waiting: (() => void)[] = [];

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** May a request go now, ahead of nobody? */
  get isOpen(): boolean {
    return this.#waiting.length === 0 && this.#hasRoom();
  }

  /** Resolves when it is this request's turn; `signal` takes it out of the line. */
  enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.isOpen) return undefined;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal?.reason);
      };
      const go = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(go);
    });
  }

  /** After every reply: as many go as there is room for. */
  admit(): void {
    if (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()?.();
  }

  /** The engine is closing: the mailbox refuses whoever comes, so nobody needs to wait. */
  open(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}
