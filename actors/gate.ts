/**
 * Lets as many requests through to the mailbox as it has room for, in the order in which they came; the others wait
 * here. XState's own queue would take them all.
 */
export class Gate {
  readonly #hasRoom: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #admitting = false;

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

  /** Sends now, or when it is this request's turn. */
  pass(send: () => void): void {
    if (this.isOpen) send();
    else this.#waiting.push(send);
  }

  /** Takes a request out of the line; false: it has gone through already. */
  leave(send: () => void): boolean {
    const at = this.#waiting.indexOf(send);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /**
   * There may be room: as many go as fit. In a moment, because this is called from inside the mailbox's step, where
   * what is sent does not arrive yet and so does not count.
   */
  admit(): void {
    if (this.#waiting.length === 0 || this.#admitting) return;
    this.#admitting = true;
    void Promise.resolve().then(() => {
      this.#admitting = false;
      while (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()?.();
    });
  }

  /** The engine is closing: the mailbox refuses whoever comes, so nobody needs to wait. */
  open(): void {
    for (const send of this.#waiting.splice(0)) send();
  }
}
