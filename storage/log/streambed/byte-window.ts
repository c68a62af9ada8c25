import { STEP_BYTES } from './checksum-index.ts';

const FIRST_BYTES = 128 * 1024;

/**
 * The stretch of a file that somebody looks at: bytes[0, end), which begin at `origin` in the file. Grows to what is
 * needed at once, and no further: what lies before `keepFrom` makes room for what comes.
 */
export class ByteWindow {
  bytes = new Uint8Array(FIRST_BYTES);
  end = 0;
  /** Where bytes[0] stands in the file; a multiple of STEP_BYTES. */
  origin = 0;

  /** Returns by how many steps the bytes have moved to the front. */
  append(chunk: Uint8Array, keepFrom: number): number {
    const steps = this.end + chunk.length > this.bytes.length ? this.#makeRoom(chunk.length, keepFrom) : 0;
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
    return steps;
  }

  /** At least half of the array is free afterwards, so that a byte is not moved more often than about once. */
  #makeRoom(more: number, keepFrom: number): number {
    const steps = Math.floor(keepFrom / STEP_BYTES);
    const dropped = steps * STEP_BYTES;
    const needed = this.end - dropped + more;
    if (2 * needed > this.bytes.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.bytes.subarray(dropped, this.end));
      this.bytes = larger;
    } else {
      this.bytes.copyWithin(0, dropped, this.end);
    }
    this.end -= dropped;
    this.origin += dropped;
    return steps;
  }
}
