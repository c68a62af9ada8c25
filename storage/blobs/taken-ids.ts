import type { BlobId } from '../../protocol/messages.ts';

const FIRST_BYTES = 1024;
/** Address space, not memory: more ids than any job takes. */
const MOST_BYTES = 8 * 1024 * 1024;
/** The count; ids follow it. */
const COUNT = 0;

/**
 * The blobs that a thread's job has begun, in memory that outlives the thread: all that is known of them when it dies.
 * A job has its id noted before it writes anything under it, so what is not noted is not there.
 */
export class TakenIds {
  /** Hand it to the thread, which `attach`es to it. */
  readonly buffer: SharedArrayBuffer;
  readonly #words: Float64Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    // Follows the buffer as it grows.
    this.#words = new Float64Array(buffer);
  }

  static create(): TakenIds {
    return new TakenIds(new SharedArrayBuffer(FIRST_BYTES, { maxByteLength: MOST_BYTES }));
  }

  static attach(buffer: ArrayBufferLike): TakenIds {
    if (buffer instanceof SharedArrayBuffer) return new TakenIds(buffer);
    throw new TypeError('The ids that a thread takes are noted in shared memory.');
  }

  /** In the thread; returns the id. Beyond its room it forgets: the next opening finds what is left of those. */
  note(id: BlobId): BlobId {
    const at = 1 + this.#words[COUNT];
    if (at === this.#words.length) this.buffer.grow(Math.min(MOST_BYTES, 2 * this.buffer.byteLength));
    if (at === this.#words.length) return id;
    this.#words[at] = id;
    this.#words[COUNT] = at;
    return id;
  }

  /** Before each job, while the thread does nothing. */
  clear(): void {
    this.#words[COUNT] = 0;
  }

  /** Ascending, as they were given out. */
  ids(): BlobId[] {
    return [...this.#words.subarray(1, 1 + this.#words[COUNT])];
  }
}
