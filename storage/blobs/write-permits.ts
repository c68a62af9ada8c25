import { LithifyError } from '../../protocol/errors.ts';

/** Names a permit that is held; give it back with `release`. */
export type Permit = number;

const FREE = 0;
/** Counts releases; waiting threads sleep on it. */
const RELEASES = 0;
/** 1: a write has failed. */
const FAILED = 1;
const FIRST_PERMIT = 2;
/** A permit is who holds it, and how often it was given back. */
const WORDS_EACH = 2;

/**
 * A semaphore over threads: all writers of blobs together keep at most this many writes in libuv's pool, because more
 * of them make the log's commits wait (0.3 ms became 10 ms with four more). Each permit is a word that names the slot
 * of the thread holding it, taken and freed in one atomic step, so that a thread can die anywhere and its owner knows
 * exactly what to free.
 *
 * It also knows whether a write has failed in any thread. LevelDB goes on saying OK to writes behind a failed one that a crash then
 * loses, and another thread may hear its OK first: so whoever relies on a write asks `settle` before.
 */
export class WritePermits {
  /** Hand it to other threads, which `attach` to it. */
  readonly buffer: ArrayBufferLike;
  readonly #words: Int32Array;
  readonly #holder: number;
  #woken = Promise.withResolvers<void>();

  private constructor(buffer: ArrayBufferLike, slot: number) {
    if (!Number.isInteger(slot) || slot < 0) throw new LithifyError('LITHIFY_INTERNAL', `Slot ${slot} is not a whole number from 0.`);
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#holder = slot + 1;
  }

  /** `slot`: a number of the creating thread's own; every other thread attaches with another one. */
  static create(permits = 2, slot = 0): WritePermits {
    return new WritePermits(new SharedArrayBuffer((FIRST_PERMIT + permits * WORDS_EACH) * Int32Array.BYTES_PER_ELEMENT), slot);
  }

  static attach(buffer: ArrayBufferLike, slot: number): WritePermits {
    return new WritePermits(buffer, slot);
  }

  get available(): number {
    let free = 0;
    for (let at = FIRST_PERMIT; at < this.#words.length; at += WORDS_EACH) free += Atomics.load(this.#words, at) === FREE ? 1 : 0;
    return free;
  }

  /** Runs `work` while holding a permit. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const permit = this.tryAcquire() ?? (await this.acquire());
    try {
      return await work();
    } finally {
      this.release(permit);
    }
  }

  tryAcquire(): Permit | undefined {
    for (let at = FIRST_PERMIT; at < this.#words.length; at += WORDS_EACH) {
      if (Atomics.compareExchange(this.#words, at, FREE, this.#holder) === FREE) return at;
    }
    return undefined;
  }

  /** Waiting keeps neither a thread nor a process alive: whoever waits needs something else that does. */
  async acquire(): Promise<Permit> {
    for (;;) {
      // Read before looking: a release in between makes the wait return at once.
      const releases = Atomics.load(this.#words, RELEASES);
      const permit = this.tryAcquire();
      if (permit !== undefined) return permit;
      await this.#released(releases);
    }
  }

  /** A permit that `releaseSlot` freed meanwhile stays with whoever holds it now. */
  release(permit: Permit): void {
    if (this.#free(permit, this.#holder)) this.#wake();
  }

  /** For the owner of a thread that is gone: frees what it held, and wakes those who wait. */
  releaseSlot(slot: number): void {
    for (let at = FIRST_PERMIT; at < this.#words.length; at += WORDS_EACH) this.#free(at, slot + 1);
    this.#wake();
  }

  /** To be called before the permit of the failed write is given back. */
  noteFailure(): void {
    Atomics.store(this.#words, FAILED, 1);
  }

  /** LevelDB is open anew, and nobody writes. */
  forgetFailure(): void {
    Atomics.store(this.#words, FAILED, 0);
  }

  /** Waits for every write that is under way now. true: none has failed, so what was answered with OK until now is on disk. */
  async settle(): Promise<boolean> {
    for (let at = FIRST_PERMIT; at < this.#words.length; at += WORDS_EACH) {
      const returned = Atomics.load(this.#words, at + 1);
      const isOver = () => Atomics.load(this.#words, at) === FREE || Atomics.load(this.#words, at + 1) !== returned;
      for (;;) {
        const releases = Atomics.load(this.#words, RELEASES);
        if (isOver()) break;
        await this.#released(releases);
      }
    }
    return Atomics.load(this.#words, FAILED) === 0;
  }

  #free(permit: Permit, holder: number): boolean {
    if (Atomics.compareExchange(this.#words, permit, holder, FREE) !== holder) return false;
    Atomics.add(this.#words, permit + 1, 1);
    return true;
  }

  /** Of this thread they go on at once, in their order, and not whenever the platform gets round to it. */
  async #released(releases: number): Promise<void> {
    await Promise.race([this.#woken.promise, Atomics.waitAsync(this.#words, RELEASES, releases).value]);
  }

  /** All of them: one alone might be in a thread that dies before it looks. */
  #wake(): void {
    Atomics.add(this.#words, RELEASES, 1);
    Atomics.notify(this.#words, RELEASES);
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }
}
